/**
 * looop as a library: the loop, optionally with sensors and a decider in code. Run directly, this file is the command
 * line. Importing it has no side effects.
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
 *       ? { action: "ask", question: "The build is red. Start a worker?", journal: "asked about the build" }
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
export { type Answer, type Ask, askSchema, type ProgramToSetUp } from "./src/schema/ask.ts";
export {
  type Access,
  type Budget,
  type Config,
  configSchema,
  type OutputFormat,
  type OverBudget,
  type PolicyRule,
  type RunnerConfig,
} from "./src/schema/config.ts";
export type {
  DecideError,
  Decider,
  Decision,
  Outcome,
  RunnerError,
  Verdict,
} from "./src/schema/decision.ts";
export { ConfigError, UsageError, UserError } from "./src/schema/errors.ts";
export type { Json, JsonObject } from "./src/schema/json.ts";
export { type LedgerLine, ledgerLineSchema } from "./src/schema/ledger.ts";
export {
  type Action,
  type Move,
  type MoveBase,
  moveJsonSchema,
  moveSchema,
} from "./src/schema/move.ts";
export type {
  AdmittedAction,
  AdmittedCommand,
  AdmittedEffect,
  AdmittedWorker,
  AdmittedWrite,
} from "./src/schema/action.ts";
export type { NotifyKind, QuietHours } from "./src/schema/notify.ts";
export type { GoalRecord, GoalRecords } from "./src/schema/progress.ts";
export { describeIssues, type Schema, type SchemaIssue } from "./src/schema/schema.ts";
export type { ScheduleRecord, ScheduleRecords } from "./src/schema/schedule.ts";
export type { Failure, Fired, Retry } from "./src/schema/failing.ts";
export {
  type Baseline,
  type BaselineEntry,
  type LastRun,
  type LastTick,
  type Parked,
  type SetAside,
  type State,
  stateSchema,
} from "./src/schema/state.ts";
export type {
  AskSummary,
  BudgetStatus,
  CurrentTick,
  Status,
  WorkerSummary,
} from "./src/schema/status.ts";
export type { MovedResult, TickResult } from "./src/schema/tick_result.ts";
export type {
  Flag,
  ProcessMark,
  Verification,
  Worker,
  WorkerRecord,
  WorkerState,
  Worktree,
} from "./src/schema/worker.ts";
export type { CodeSensor, Reading } from "./src/schema/world.ts";

if (import.meta.main) {
  const { main } = await import("./main.ts");
  await main();
}
