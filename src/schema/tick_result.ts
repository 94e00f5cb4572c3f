import type { DecideError, Decision, Outcome, Verdict } from "./decision.ts";

/** The result of one tick; `outcome` is its kind, `hash` the hash of the observed world. */
export type TickResult =
  /** Nothing changed: no runner was called and nothing was written. */
  | { outcome: "idle"; hash: string }
  /** The user paused the loop: nothing was observed. */
  | { outcome: "paused" }
  /** Something changed, but deciding failed, or waits for the end of a rate limit: `until`, ISO 8601 in UTC. */
  | { outcome: "parked"; hash: string; why: string; until: string }
  /**
   * Something changed, but a budget is used up, so no runner was called. `ask_id` is the ask that can lift the budget;
   * `null` if the user decided to keep it, and in a dry run.
   */
  | { outcome: "held"; hash: string; why: string; ask_id: string | null }
  /** Only flapping sensors changed, and the last decision is less than ten minutes old. */
  | { outcome: "damped"; hash: string; why: string }
  /** Something changed, but no rule fired and there is no runner. */
  | { outcome: "undecided"; hash: string; why: string; changes: string[] }
  /** The decision failed; the next prompt shows the reason. */
  | {
    outcome: "failed";
    hash: string;
    run_id: string;
    error: DecideError;
    /** US dollars of all calls; `null` if unknown. */
    cost_usd: number | null;
    /** Why the loop is parked and until when, ISO 8601 in UTC, if this failure parked it; else `null`. */
    parked: { why: string; until: string } | null;
  }
  /** One move and its result. */
  | MovedResult
  /** In a dry run: the move that would be applied, and its verdict. */
  | { outcome: "planned" } & Omit<MovedResult, "outcome" | "result" | "journal">
  /** looop was told to stop before a move was applied. */
  | { outcome: "stopped" };

/** A tick that decided a move. */
export interface MovedResult {
  /** A move was decided, whatever its result. */
  outcome: "moved";
  /** Hash of the world of the decision. */
  hash: string;
  /** Id of the run, whose files are in `runs/<run_id>/`. */
  run_id: string;
  /** The move, and where it comes from. */
  decision: Decision;
  /** The decision of policy. */
  verdict: Verdict;
  /** Its result. */
  result: Outcome;
  /** The journal line. */
  journal: string;
  /** US dollars of all calls; 0 if no runner was called, `null` if unknown. */
  cost_usd: number | null;
}
