import { basename, dirname, extname } from "@std/path";
import type { SensorOrder } from "../catalogue/render.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isSeeded, missingSeeds, seededIds } from "../profile/ensure.ts";
import { parseGoal, parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import type { Config } from "../schema/config.ts";
import { isJsonObject, type JsonObject, sha256Hex, withoutBom } from "../schema/json.ts";
import type { Goal } from "../schema/world.ts";
import { readGoals } from "../sense/documents.ts";
import { listSensors } from "../sense/list.ts";
import { type PlaybookLines, readPlaybookLines } from "./playbook.ts";

/** Everything that setting up a profile asks the user. */
export interface Answers {
  /** What decides: as `runner` in the config. */
  runner: string;
  /** What workers run; `same`: as `runner`. */
  workerRunner: string;
  /** US dollars that may be spent from midnight to midnight; `null`: no limit. */
  usdPerDay: number | null;
  sandbox: "none" | "bwrap";
  /** Catalogue sensors to add. */
  sensors: SensorOrder[];
  /** Aims to add, in one line each. */
  goals: string[];
  /** Lines for the PLAYBOOK: what looop does by itself. */
  may: string[];
  /** What it does only after approval. */
  ask: string[];
  /** What it never does. */
  never: string[];
}

/** Answers given by flags, which are not asked for. */
export type Given = Partial<Answers>;

/** Value of `workerRunner` when workers run the same program as decisions. */
export const SAME = "same";

/** Answers that the config stores. */
export type ConfigAnswers = Pick<Answers, "runner" | "workerRunner" | "usdPerDay" | "sandbox">;

/** Reads these answers from the config, defaults included. */
export function configAnswers(data: JsonObject, config: Config): ConfigAnswers {
  const { runner, sandbox, budget } = config;
  const own = data.worker_runner;
  const workerRunner = typeof own === "string" ? own : SAME;
  return { runner, workerRunner, usdPerDay: budget.usd_per_day ?? null, sandbox };
}

/**
 * Renders the config with these answers. Other keys and their order are kept. Defaults that the config did not name
 * are left out, except the runner.
 *
 * @param data the current config file
 * @param network runner whose workers get `"network": true`
 */
export function configText(data: JsonObject, answers: ConfigAnswers, network?: string): string {
  const { runner, workerRunner, usdPerDay, sandbox } = answers;
  const next: JsonObject = { ...data, runner };
  if (workerRunner === SAME) delete next.worker_runner;
  else next.worker_runner = workerRunner;
  const budget = { ...objectIn(data.budget) };
  if (usdPerDay === null) delete budget.usd_per_day;
  else budget.usd_per_day = usdPerDay;
  if (Object.keys(budget).length > 0) next.budget = budget;
  else delete next.budget;
  if (sandbox !== "none" || data.sandbox !== undefined) next.sandbox = sandbox;
  if (network !== undefined) {
    const runners = objectIn(data.runners);
    next.runners = { ...runners, [network]: { ...objectIn(runners[network]), network: true } };
  }
  return `${JSON.stringify(next, null, 2)}\n`;
}

function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Returns why a text cannot be an aim or a line of the PLAYBOOK; `null`: it can. */
export function refuseLine(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > 400) return `it has ${text.length} characters; the maximum is 400`;
  if (!text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    return "it must be one line without control characters";
  }
  return null;
}

/** Parses dollars a day: `null` for `none`, `undefined` if invalid. */
export function parseUsd(text: string): number | null | undefined {
  if (text === "none") return null;
  const usd = Number(text.replace(/^\$/, ""));
  return /^\$?\d+(\.\d+)?$/.test(text) && usd <= 1_000_000 ? usd : undefined;
}

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
