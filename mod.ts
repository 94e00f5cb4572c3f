/**
 * looop as a library: the loop of `looop`, with sensors and a decider of one's own if need be. Run directly,
 * it is the command line. Importing it does nothing by itself.
 *
 * @example One tick with a sensor and a decider in code
 * ```ts
 * import { tick } from "@looop/cli";
 *
 * const dataDir = await Deno.makeTempDir();
 * const result = await tick({
 *   dataDir,
 *   configPath: `${dataDir}/looop.json`,
 *   sensors: { build: () => ({ signal: "red" }) },
 *   decide: (prompt) =>
 *     prompt.includes("red")
 *       ? { action: "ask", question: "The build is red. Shall I look?", journal: "asked about the build" }
 *       : { action: "noop", reason: "the build is green", journal: "saw a green build" },
 * });
 * console.log(result.outcome); // moved
 * ```
 *
 * @module
 */
export {
  type ProfileOptions,
  pulse,
  type PulseOptions,
  status,
  tick,
  type TickOptions,
} from "./src/api/loop.ts";
export {
  answer,
  ask,
  type AskOptions,
  flagWorker,
  killWorker,
  listAsks,
  listWorkers,
  pruneWorkers,
  startWorker,
  type StartWorkerOptions,
  type WorkerOptions,
} from "./src/api/workers.ts";
export type { Answer, Ask } from "./src/schema/ask.ts";
export { askSchema } from "./src/schema/ask.ts";
export type { Access } from "./src/schema/config.ts";
export type { Budget, OverBudget } from "./src/schema/config.ts";
export type { CodeSensor } from "./src/schema/world.ts";
export {
  type Config,
  configSchema,
  type OutputFormat,
  type RunnerConfig,
} from "./src/schema/config.ts";
export type { DecideError, Decision } from "./src/schema/decision.ts";
export type { Decider } from "./src/schema/decision.ts";
export { describeIssues } from "./src/schema/schema.ts";
export type { Json, JsonObject } from "./src/schema/json.ts";
export { type LedgerLine, ledgerLineSchema } from "./src/schema/ledger.ts";
export { type Action, type Move, type MoveBase, moveSchema } from "./src/schema/move.ts";
export { moveJsonSchema } from "./src/schema/move.ts";
export type { Outcome } from "./src/schema/decision.ts";
export type { PolicyRule } from "./src/schema/config.ts";
export type { Reading } from "./src/schema/world.ts";
export type { RunnerError } from "./src/schema/decision.ts";
export type { Schema, SchemaIssue } from "./src/schema/schema.ts";
export type {
  Baseline,
  BaselineEntry,
  Failure,
  LastRun,
  Parked,
  State,
} from "./src/schema/state.ts";
export { stateSchema } from "./src/schema/state.ts";
export type { LastTick } from "./src/schema/status.ts";
export type { AskSummary, BudgetStatus, Status, WorkerSummary } from "./src/schema/status.ts";
export type { MovedResult, TickResult } from "./src/schema/status.ts";
export { ConfigError, UsageError, UserError } from "./src/schema/errors.ts";
export type {
  Flag,
  ProcessMark,
  Verification,
  Worker,
  WorkerRecord,
  WorkerState,
} from "./src/schema/worker.ts";
export type { Verdict } from "./src/schema/decision.ts";

if (import.meta.main) {
  const { main } = await import("./main.ts");
  await main();
}
