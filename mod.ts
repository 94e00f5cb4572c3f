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
} from "./src/library.ts";
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
} from "./src/library_fleet.ts";
export type { Answer, Ask } from "./src/model/ask.ts";
export { askSchema } from "./src/model/ask_schema.ts";
export type { Access } from "./src/model/access.ts";
export type { Budget, Hold } from "./src/model/budget.ts";
export type { CodeSensor } from "./src/model/code_sensor.ts";
export {
  type Config,
  configSchema,
  type OutputFormat,
  type RunnerConfig,
} from "./src/model/config.ts";
export type { DecideError, Decision } from "./src/model/decision.ts";
export type { Decider } from "./src/model/decider.ts";
export { describeIssues } from "./src/model/describe_issues.ts";
export type { Json, JsonObject } from "./src/model/json.ts";
export { type LedgerLine, ledgerLineSchema } from "./src/model/ledger_line.ts";
export { type Action, type Move, type MoveBase, moveSchema } from "./src/model/move.ts";
export { moveJsonSchema } from "./src/model/move_json_schema.ts";
export type { Outcome } from "./src/model/outcome.ts";
export type { PolicyRule } from "./src/model/policy_rule.ts";
export type { Reading } from "./src/model/reading.ts";
export type { RunnerError } from "./src/model/runner_result.ts";
export type { Schema, SchemaIssue } from "./src/model/schema.ts";
export type {
  Baseline,
  BaselineEntry,
  Failure,
  LastRun,
  Parked,
  State,
} from "./src/model/state.ts";
export { stateSchema } from "./src/model/state_schema.ts";
export type { LastTick } from "./src/model/last_tick.ts";
export type { AskSummary, BudgetStatus, Status, WorkerSummary } from "./src/model/status.ts";
export type { MovedResult, TickResult } from "./src/model/tick_result.ts";
export { ConfigError, UsageError, UserError } from "./src/model/user_error.ts";
export type {
  Flag,
  ProcessMark,
  Verification,
  Worker,
  WorkerRecord,
  WorkerState,
} from "./src/model/worker.ts";
export type { Verdict } from "./src/model/verdict.ts";

if (import.meta.main) {
  const { main } = await import("./main.ts");
  await main();
}
