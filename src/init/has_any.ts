import { seededIds } from "../profile/seed_profile.ts";
import type { Answers } from "./answers.ts";
import type { Today } from "./find_today.ts";

/** Whether there is anything to watch or to aim for, beside what every profile begins with. */
export function hasAny(
  { sensors, goals }: Pick<Answers, "sensors" | "goals">,
  today: Today,
): boolean {
  const ids = [...today.goals.map(({ id }) => id), ...today.sensors.keys()];
  return sensors.length + goals.length > 0 || ids.some((id) => !seededIds.includes(id));
}
