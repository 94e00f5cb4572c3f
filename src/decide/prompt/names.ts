import { parseSchedule } from "../../profile/schedule_file.ts";
import type { ScheduleFile } from "../../schema/schedule.ts";
import type { PromptInput } from "./parts.ts";

/** In place of an id or name that untrusted input may have chosen. */
export const WITHHELD_NAME = "(name withheld)";

/**
 * Returns how the key of a change, such as `goal:tea`, is shown. What a tainted decision started, wrote or scheduled has an
 * id or name that untrusted input may have chosen: an untainted decision sees only its kind.
 */
export function keyShown({ world, state, tainted }: PromptInput): (key: string) => string {
  if (tainted) return (key) => key;
  const { goals, workers, schedules } = world;
  const hidden = {
    worker: new Set(workers.flatMap((worker) => worker.tainted ? [worker.id] : [])),
    schedule: new Set(schedules.filter(isUntrusted).map(({ name }) => name)),
    sensor: new Set(state.opaque_sensors),
    goal: new Set(goals.flatMap(({ id, untrusted }) => untrusted ? [id] : [])),
  };
  return (key) => {
    const at = key.indexOf(":");
    const kind = key.slice(0, at);
    // The news of a goal has a kind of its own.
    const names = Object.hasOwn(hidden, kind) ? hidden[kind as keyof typeof hidden] : hidden.goal;
    return at !== -1 && names.has(key.slice(at + 1)) ? `${kind}:${WITHHELD_NAME}` : key;
  };
}

/** Returns how names of one kind are shown, as {@linkcode keyShown}. */
export function nameShown(
  input: PromptInput,
  kind: "goal" | "sensor" | "schedule",
): (name: string) => string {
  const shown = keyShown(input);
  return (name) => shown(`${kind}:${name}`).slice(kind.length + 1);
}

function isUntrusted({ name, text, exact, error }: ScheduleFile): boolean {
  const parsed = error ?? parseSchedule(name, exact ?? text);
  return typeof parsed !== "string" && parsed.untrusted;
}
