import { basename, dirname, extname } from "@std/path";
import { readTextIfPresent } from "../os/read.ts";
import { isSeeded, missingSeeds, seededIds } from "../profile/ensure.ts";
import { parseGoal, parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import { isJsonObject, type JsonObject, sha256Hex, withoutBom } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { listSensors } from "../sense/list.ts";
import { type Answers, type ConfigAnswers, configAnswers } from "./answers.ts";
import { type PlaybookLines, readPlaybookLines } from "./playbook.ts";

/** What a profile contains now, or would contain after its first run. */
export interface Today {
  /** Text of the config file; `null`: it does not exist. */
  configText: string | null;
  configData: JsonObject;
  answers: ConfigAnswers & PlaybookLines;
  /** Starter files that the first run would write: content by absolute path. */
  seeds: ReadonlyMap<string, string>;
  goals: Goal[];
  /** File of each sensor by its name, which has no extension. */
  sensors: ReadonlyMap<string, string>;
  /** Empty if the user removed it. */
  playbook: string;
}

/** Reads what a profile contains now. Read-only. */
export async function readCurrentSetup(profile: Profile): Promise<Today> {
  const { paths, config, configPath } = profile;
  const configText = await readTextIfPresent(configPath);
  // Opening the profile has validated it.
  const data: unknown = configText === null ? {} : JSON.parse(withoutBom(configText));
  const configData = isJsonObject(data) ? data : {};
  const seeds = new Map<string, string>();
  const goals = parseGoals(profile, await readGoals(profile));
  const sensors = new Map(listSensors(paths.sensors).map(({ name, file }) => [name, file]));
  for (const { path, text } of isSeeded(profile) ? [] : missingSeeds(profile)) {
    seeds.set(path, text);
    const name = basename(path, extname(path));
    if (dirname(path) === paths.goals) goals.push(parseGoal(name, text, await sha256Hex(text)));
    if (dirname(path) === paths.sensors) sensors.set(name, basename(path));
  }
  const playbook = seeds.get(paths.playbook) ?? await readTextIfPresent(paths.playbook) ?? "";
  const answers = { ...configAnswers(configData, config), ...readPlaybookLines(playbook) };
  return { configText, configData, answers, seeds, goals, sensors, playbook };
}

/** Reports whether there is a sensor or a goal besides the starter files. */
export function hasAny(
  { sensors, goals }: Pick<Answers, "sensors" | "goals">,
  today: Today,
): boolean {
  const ids = [...today.goals.map(({ id }) => id), ...today.sensors.keys()];
  return sensors.length + goals.length > 0 || ids.some((id) => !seededIds.includes(id));
}
