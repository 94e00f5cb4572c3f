import type { Config } from "../model/config.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { type Answers, SAME } from "./answers.ts";

/** What of the answers stands in the config. */
export type ConfigAnswers = Pick<Answers, "runner" | "workerRunner" | "usdPerDay" | "sandbox">;

/** What the config says today, defaults included. */
export function configAnswers(data: JsonObject, config: Config): ConfigAnswers {
  const { runner, sandbox, budget } = config;
  const own = data.worker_runner;
  const workerRunner = typeof own === "string" ? own : SAME;
  return { runner, workerRunner, usdPerDay: budget.usd_per_day ?? null, sandbox };
}

/**
 * Writes the config with these answers: what the person has of other keys stays, and so does the order. What is the
 * default, and was not said before, is not said now, but for the runner.
 *
 * @param data today's
 * @param network name of the runner whose workers need the network in the sandbox, where that is to be said
 */
export function configText(data: JsonObject, answers: ConfigAnswers, network?: string): string {
  const { runner, workerRunner, usdPerDay, sandbox } = answers;
  const next: JsonObject = { ...data, runner };
  if (workerRunner === SAME) delete next.worker_runner;
  else next.worker_runner = workerRunner;
  const { usd_per_day: _, ...budget } = objectIn(data.budget);
  if (usdPerDay !== null) next.budget = { ...objectIn(data.budget), usd_per_day: usdPerDay };
  else if (Object.keys(budget).length > 0) next.budget = budget;
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
