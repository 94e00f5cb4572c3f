import * as z from "zod/mini";
import type { OverBudget } from "./config.ts";
import type { Move } from "./move.ts";

/** One move, and where it comes from. */
export interface Decision {
  /**
   * - `approval`: a human said yes to it
   * - `rule`: a goal's own rule fired
   * - `runner`: an LLM command line answered it
   * - `code`: a decider function of the library's caller returned it
   */
  by: "approval" | "rule" | "runner" | "code";
  /** The ask's id, `<goal>/<rule>`, the runner's name, or `decide`. */
  source: string;
  /** The move that was decided. */
  move: Move;
}

/** Why there is no move: what the runner said, or `refused`: two answers were no valid move. */
export interface DecideError extends Omit<RunnerError, "kind"> {
  /** What kind of failure it was. */
  kind: RunnerError["kind"] | "refused";
}

/** What deciding gave, with the table of fired rules to remember. */
export type Decided =
  & { fired: Record<string, string>; /** Runner calls made. */ calls: CallCost[] }
  & (
    | {
      kind: "decided";
      decision: Decision; /** Outside text could have shaped it. */
      tainted: boolean;
    }
    /** Nothing is there that could decide: no rule fired and there is no runner. */
    | { kind: "undecided"; why: string }
    /** A budget is used up: the runner was not asked, or not once more. */
    | { kind: "held"; over: OverBudget }
    | { kind: "failed"; error: DecideError; /** Outside text was shown. */ tainted: boolean }
  );

/** What one call of a runner cost. */
export interface CallCost {
  runner: string;
  /** US dollars; `null` when unknown. */
  cost_usd: number | null;
}

/**
 * Decides in code, in place of an LLM command line: takes the prompt, gives one move. What it gives is
 * checked like a model's answer.
 *
 * @param prompt the whole prompt, as a runner would get it on stdin
 * @param signal fires when looop is told to stop
 */
export type Decider = (prompt: string, signal?: AbortSignal) => Move | Promise<Move>;

/** What policy says of a move. */
export interface Verdict {
  /** Make it, ask a human first, or refuse it. */
  then: "allow" | "ask" | "deny";
  /** Name of the policy rule that decided. */
  rule: string;
  /** Why, in one line a person can read. */
  why: string;
}

/** What making a move gave. */
export interface Outcome {
  /**
   * - `made`: it is done (a `run` that exited non-zero was made too: see `exit_code`)
   * - `asked`: it waits for a human's yes
   * - `denied`: policy refused it
   * - `failed`: it could not be made
   * - `interrupted`: a crash or a stop cut it off, and its result is unknown
   */
  status: "made" | "asked" | "denied" | "failed" | "interrupted";
  /** One line: what happened, or why not. */
  summary: string;
  /** Paths relative to the data dir that the move wrote or removed. */
  paths: string[];
  /**
   * Of a `write_goal`: the text that was written, where it is not the move's own. Of a `stop_worker`: what is now
   * news of the worker, as JSON.
   */
  content?: string;
  /** Of a `run`: the exit status, 128 + n when ended by signal n. */
  exit_code?: number;
  /** Of a `run`: the last 2,048 characters that it printed. */
  output_tail?: string;
  /** The ask or approval that was written. */
  ask_id?: string;
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
});

/** What one call of a runner used; `null` where the runner does not say. */
export interface Usage {
  /** Tokens in, those read from a cache included. */
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
}

/** Why a runner gave no answer. */
export interface RunnerError {
  /**
   * - `auth`: the provider refused the credentials: only a human can mend it
   * - `rate_limit`: too many calls or no quota left; see `retry_at`
   * - `model`: any other error that the program or its provider reported
   * - `empty`: it exited with status 0 but printed no answer
   * - `exit`: it ended with an error status and no other word
   * - `timeout`: it was killed at the deadline
   * - `budget`: it stopped at the dollars that it was given
   * - `stopped`: looop was told to stop
   */
  kind: "auth" | "rate_limit" | "model" | "empty" | "exit" | "timeout" | "budget" | "stopped";
  /** One line for a person. */
  message: string;
  /** When it is worth trying again, ISO 8601 in UTC, where the provider said so. */
  retry_at?: string;
}

/** What one call of a runner gave. Usage and cost are set even when it failed after being billed. */
export interface RunnerResult {
  /** The final text; empty when there is none. */
  text: string;
  model: string | null;
  usage: Usage;
  /** US dollars; `null` when the runner does not say, never 0 for unknown. */
  cost_usd: number | null;
  error: RunnerError | null;
}
