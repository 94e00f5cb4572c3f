import type { Decision } from "./decision.ts";
import type { DecideError } from "./decision.ts";
import type { Outcome } from "./outcome.ts";
import type { Verdict } from "./verdict.ts";

/** What one tick came to; `outcome` tells which. `hash` names the world that it saw. */
export type TickResult =
  /** Nothing changed: nobody was asked, nothing was written. */
  | { outcome: "idle"; hash: string }
  /** A person paused the loop: it did not even look. */
  | { outcome: "paused" }
  /** Something changed, but decisions on it failed, or wait for a rate limit to end. */
  | { outcome: "parked"; hash: string; why: string }
  /**
   * Something changed, but a budget is used up: no runner was asked. `ask_id` is of the ask that can lift it; `null`:
   * there is none, since a person has said to keep it, or in a dry run.
   */
  | { outcome: "held"; hash: string; why: string; ask_id: string | null }
  /** Only sensors changed that change all the time, and the last decision is not ten minutes old. */
  | { outcome: "damped"; hash: string; why: string }
  /** Something changed, but no rule fired and there is no runner. */
  | { outcome: "undecided"; hash: string; why: string; changes: string[] }
  /** The decision failed: the next prompt says why. */
  | {
    outcome: "failed";
    hash: string;
    run_id: string;
    error: DecideError;
    /** US dollars of all calls; `null` when unknown. */
    cost_usd: number | null;
    /** Why nothing more is tried for now, where this failure was the last straw. */
    parked: string | null;
  }
  /** One move, with what became of it. */
  | MovedResult
  /** Of a dry run: the move that would be made, and policy's word on it. */
  | {
    outcome: "planned";
    hash: string;
    run_id: string;
    decision: Decision;
    verdict: Verdict;
    cost_usd: number | null;
  }
  /** looop was told to stop: nothing was made. */
  | { outcome: "stopped" };

/** A tick that decided a move. */
export interface MovedResult {
  /** A move was decided, whatever became of it. */
  outcome: "moved";
  /** Hash of the world that was decided on. */
  hash: string;
  /** Names the run: its files are in `runs/<run_id>/`. */
  run_id: string;
  /** The move, and where it comes from. */
  decision: Decision;
  /** What policy said of it. */
  verdict: Verdict;
  /** What became of it. */
  result: Outcome;
  /** The journal line. */
  journal: string;
  /** US dollars of all calls; 0 when nobody was called, `null` when unknown. */
  cost_usd: number | null;
}
