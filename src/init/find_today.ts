import { join } from "@std/path";
import { readTextIfThere } from "../host/read_text.ts";
import type { Goal } from "../model/goal.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { sha256Hex } from "../model/sha256.ts";
import { isSeeded } from "../profile/ensure_profile.ts";
import { parseGoal } from "../profile/parse_goal.ts";
import { parseGoals } from "../profile/parse_goals.ts";
import type { Profile } from "../profile/profile.ts";
import { missingSeeds } from "../profile/seed_profile.ts";
import { listSensors } from "../sense/list_sensors.ts";
import { readGoals } from "../sense/read_goals.ts";
import { type ConfigAnswers, configAnswers } from "./config_text.ts";
import { type PlaybookLines, readPlaybookLines } from "./playbook_lines.ts";

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
export async function findToday(profile: Profile): Promise<Today> {
  const { paths, config, configPath } = profile;
  const configText = await readTextIfThere(configPath);
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
  const playbook = seeds.get(paths.playbook) ?? await readTextIfThere(paths.playbook) ?? "";
  const answers = { ...configAnswers(configData, config), ...readPlaybookLines(playbook) };
  return { configText, configData, answers, seeds, goals, sensors, playbook };
}

/** Whoever opened the profile has found it to be valid. */
function dataOf(text: string | null): JsonObject {
  const data: unknown = text === null ? {} : JSON.parse(text);
  return isJsonObject(data) ? data : {};
}
