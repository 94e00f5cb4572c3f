import * as z from "zod/mini";
import { admittedActionSchema, NO_ACTION } from "./action.ts";
import type { OverBudget } from "./config.ts";
import { type Fired, firedSchema } from "./failing.ts";
import { type Move, moveSchema } from "./move.ts";
import { handledSlotSchema } from "./schedule.ts";
import { asWritten, utcTimeSchema } from "./schema.ts";
import { baselineSchema } from "./state.ts";

/** One move, and where it comes from. */
export interface Decision {
  /**
   * - `approval`: the user approved it
   * - `rule`: a goal's own rule fired
   * - `schedule`: a slot is due that needs no decider
   * - `runner`: an LLM command line answered it
   * - `code`: a decider function of the library's caller returned it
   */
  by: "approval" | "rule" | "schedule" | "runner" | "code";
  /** The ask's id, `<goal>/<rule>`, `schedule:<name>`, the runner's name, or `decide`. */
  source: string;
  /** The move that was decided. */
  move: Move;
}

/** Why there is no move: the error of the runner, or `refused` if two answers were not valid moves. */
export interface DecideError extends Omit<RunnerError, "kind"> {
  /** The kind of failure. */
  kind: RunnerError["kind"] | "refused";
}

/** The result of deciding, with the table of fired rules to save. */
export type Decided =
  & { fired: Fired; /** Runner calls made. */ calls: CallCost[] }
  & (
    | {
      kind: "decided";
      decision: Decision; /** Untrusted input could have influenced it. */
      tainted:
        boolean; /** Of a rule: its `when` describes a state, which ends, rather than an event. */
      lasting?: boolean;
      /** Names of the schedules whose due slots this move handles. Default: none. */
      slots?: string[];
      /** It ends a goal whose `done` holds: what that reads. The rest of the world is still undecided. */
      ends?: string[];
    }
    /** No rule fired and there is no runner. */
    | { kind: "undecided"; why: string }
    /** A budget is used up, so the runner was not called, or not again. */
    | { kind: "held"; over: OverBudget }
    | {
      kind: "failed";
      error: DecideError; /** The prompt had untrusted input. */
      tainted: boolean;
    }
  );

/** What one call of a runner cost. */
export interface CallCost {
  runner: string;
  /** US dollars; `null` when unknown. */
  cost_usd: number | null;
}

/**
 * A decider in code, in place of an LLM command line: it receives the prompt and returns one move, which is checked like
 * a model's answer.
 *
 * @param prompt the whole prompt, as a runner gets it on stdin
 * @param signal fires when looop is told to stop
 */
export type Decider = (prompt: string, signal?: AbortSignal) => Move | Promise<Move>;

/** The decision of policy on a move. */
export interface Verdict {
  /** Apply it, ask the user first, or refuse it. */
  then: "allow" | "ask" | "deny";
  /** Name of the policy rule that decided. */
  rule: string;
  /** The reason shown to the user, in one line. */
  why: string;
}

/** The result of applying a move. */
export interface Outcome {
  /**
   * - `made`: it was applied (also a `run` with an exit status other than 0: see `exit_code`)
   * - `asked`: it waits for the user's approval
   * - `denied`: policy refused it
   * - `failed`: it could not be applied
   * - `interrupted`: a crash or a stop interrupted it, and its result is unknown
   */
  status: "made" | "asked" | "denied" | "failed" | "interrupted";
  /** What happened, or why nothing did, in one line. */
  summary: string;
  /** Paths relative to the data dir that the move wrote or removed. */
  paths: string[];
  /**
   * Of a `write_goal`: the text that was written, if it differs from the move's. Of a `stop_worker`: the worker's new
   * entry in the world, as JSON.
   */
  content?: string;
  /** Of a `run`: the exit status, 128 + n when ended by signal n. */
  exit_code?: number;
  /** Of a `run`: the last 2,048 characters that it printed. */
  output_tail?: string;
  /** The ask or approval that was written. */
  ask_id?: string;
  /** Of a move that waits for approval: what it would do, in one line. */
  title?: string;
}

/** Checks `outcome.json` of a run. */
export const outcomeSchema: z.ZodMiniType<Outcome> = z.strictObject({
  status: z.enum(["made", "asked", "denied", "failed", "interrupted"]),
  summary: z.string(),
  paths: z.array(z.string()),
  content: z.optional(z.string()),
  exit_code: z.optional(z.int()),
  output_tail: z.optional(z.string()),
  ask_id: z.optional(z.string()),
  title: z.optional(z.string()),
});

/** The tokens of one runner call; `null` for those that the runner does not report. */
export interface Usage {
  /** Input tokens, including those from a cache. */
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
}

/** Why a runner returned no answer. */
export interface RunnerError {
  /**
   * - `auth`: the provider refused the credentials; only the user can fix it
   * - `rate_limit`: too many calls or no quota left; see `retry_at`
   * - `model`: any other error that the program or its provider reported, such as an overload or a network failure
   * - `empty`: it exited with status 0 but printed no answer
   * - `exit`: it ended with an error status and reported nothing else
   * - `timeout`: it was killed at the deadline before it delivered an answer
   * - `budget`: it stopped at its limit in dollars
   * - `stopped`: looop was told to stop
   */
  kind: "auth" | "rate_limit" | "model" | "empty" | "exit" | "timeout" | "budget" | "stopped";
  /** The error in one line. */
  message: string;
  /** When to retry, ISO 8601 in UTC, if the provider reported it. */
  retry_at?: string;
}

/** The result of one runner call. Usage and cost are set even if it failed after being billed. */
export interface RunnerResult {
  /** The final text; empty if there is none. */
  text: string;
  model: string | null;
  usage: Usage;
  /** US dollars; `null`, never 0, if the runner does not report them. */
  cost_usd: number | null;
  error: RunnerError | null;
}

/** Checks the intent file. */
export const intentSchema = z.strictObject({
  run_id: z.string(),
  /** ISO 8601 in UTC: the time of the journal line. */
  at: utcTimeSchema,
  by: z.enum(["approval", "rule", "schedule", "runner", "code"]),
  source: z.string(),
  move: asWritten(moveSchema),
  verdict: z.strictObject({
    then: z.enum(["allow", "ask", "deny"]),
    rule: z.string(),
    why: z.string(),
  }),
  /** What is run and shown. Older intents have other keys instead: what they would start is not started. */
  action: z._default(admittedActionSchema, NO_ACTION),
  /** Untrusted input could have influenced the decision. */
  tainted: z.boolean(),
  /** `<goal>/<rule>` of a rule whose `when` describes a state: what it asks is withdrawn once that is over. */
  rule: z.optional(z.string()),
  /** It ends a goal whose `done` holds: all else is still to be decided. */
  ends: z.optional(z.literal(true)),
  /** Of a move that needs approval: what the user is shown. Older intents lack it. */
  preview: z.optional(z.string()),
  /** Path relative to the data dir → SHA-256 that the decider saw; `null`: it saw no file there. */
  digests: z.record(z.string(), z.nullable(z.string())),
  /** Hash of the world that was decided on. */
  world: z.string(),
  /** That world; `null` where the move was not decided on a world (an approved or forced one). */
  baseline: z.nullable(baselineSchema),
  /** Fired rules to remember; `null`: leave them as they are. */
  fired: z.nullable(firedSchema),
  /** Asks whose answers this decision saw, or the approval that it uses up: they are closed. */
  closes: z.array(z.string()),
  /** Workers whose end this decision saw: they are archived. Older intents lack this key. */
  ended: z._default(z.array(z.strictObject({ id: z.string(), generation: z.string() })), []),
  /** Slots of schedules that this move handles. Older intents lack this key. */
  slots: z._default(z.array(handledSlotSchema), []),
  /** Length of `journal.md` in bytes before this move's line. */
  journal_bytes: z.int().check(z.minimum(0)),
  // Of older intents.
  ...{ argv: z.optional(z.unknown()), reads: z.optional(z.unknown()) },
  ...{ access: z.optional(z.unknown()), verify_access: z.optional(z.unknown()) },
  verify_reads: z.optional(z.unknown()),
});

/**
 * All that is needed to apply a move and record it, written before either: after a crash the next tick
 * finishes from it.
 */
export type Intent = z.infer<typeof intentSchema>;

/** The built-in rules in their order; the limits on tainted decisions come after them. */
export const BUILT_IN_NAMES = [
  "worker-command",
  "noop",
  "run-read-only",
  "run-report",
  "run",
  "start-worker",
  "stop-worker",
  "tell-worker",
  "write-goal-rules",
  "write-goal-trust",
  "write-goal",
  "archive-setup",
  "archive-goal-done",
  "archive-goal",
  "write-sensor",
  "remove-sensor",
  "write-playbook",
  "write-schedule-do",
  "write-schedule-trust",
  "write-schedule",
  "remove-schedule",
  "ask",
] as const;

/** Names that a rule of the config cannot have, because verdicts use them. */
export const RESERVED_NAMES: readonly string[] = [
  ...BUILT_IN_NAMES,
  "taint",
  "approval",
  "default",
];
