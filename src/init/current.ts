import { join } from "@std/path";
import { readTextIfPresent } from "../os/read.ts";
import { isSeeded, missingSeeds, seededIds } from "../profile/ensure.ts";
import { parseGoal, parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { isJsonObject, type JsonObject, sha256Hex } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { listSensors } from "../sense/list.ts";
import { type ConfigAnswers, configAnswers } from "./plan.ts";
import { type PlaybookLines, readPlaybookLines } from "./playbook.ts";
import type { Answers } from "./questions.ts";

/** What a profile says today, or would say after its first run. */
export interface Today {
  /** The config file as it is; `null`: there is none. */
  configText: string | null;
  /** What stands in it. */
  configData: JsonObject;
  answers: ConfigAnswers & PlaybookLines;
  /** Starter files that the first run is yet to write: content by absolute path. */
  seeds: ReadonlyMap<string, string>;
  /** The goals that the loop works on. */
  goals: Goal[];
  /** Names of the sensors, without extension → file. */
  sensors: ReadonlyMap<string, string>;
  /** Empty where somebody has removed it. */
  playbook: string;
}

/** Reads what a profile says today; makes nothing. */
export async function readCurrentSetup(profile: Profile): Promise<Today> {
  const { paths, config, configPath } = profile;
  const configText = await readTextIfPresent(configPath);
  const configData = dataOf(configText);
  const isNew = !isSeeded(profile);
  const missing = isNew ? await missingSeeds(profile) : [];
  const seeds = new Map(missing.map(([path, text]) => [path, text]));
  const goals = parseGoals(profile, await readGoals(profile));
  for (const [path, text] of seeds) {
    const [, id] = path.startsWith(`${paths.goals}/`) ? /([^/]*)\.md$/.exec(path) ?? [] : [];
    if (id !== undefined) goals.push(parseGoal(id, text, await sha256Hex(text)));
  }
  const sensors = new Map((await listSensors(paths.sensors)).map(({ name, file }) => [name, file]));
  for (const path of seeds.keys()) {
    const [, name, extension] = /([^/.]*)(\.[^/.]*)$/.exec(path) ?? [];
    if (path === join(paths.sensors, `${name}${extension}`)) sensors.set(name, name + extension);
  }
  const playbook = seeds.get(paths.playbook) ?? await readTextIfPresent(paths.playbook) ?? "";
  const answers = { ...configAnswers(configData, config), ...readPlaybookLines(playbook) };
  return { configText, configData, answers, seeds, goals, sensors, playbook };
}

/** Whoever opened the profile has found it to be valid. */
function dataOf(text: string | null): JsonObject {
  const data: unknown = text === null ? {} : JSON.parse(text);
  return isJsonObject(data) ? data : {};
}

/** Whether there is anything to watch or to aim for, beside what every profile begins with. */
export function hasAny(
  { sensors, goals }: Pick<Answers, "sensors" | "goals">,
  today: Today,
): boolean {
  const ids = [...today.goals.map(({ id }) => id), ...today.sensors.keys()];
  return sensors.length + goals.length > 0 || ids.some((id) => !seededIds.includes(id));
}
