import type { SensorOrder } from "../catalogue/render.ts";
import type { Config } from "../schema/config.ts";
import { isJsonObject, type JsonObject } from "../schema/json.ts";

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
