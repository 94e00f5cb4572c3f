import type { OverBudget } from "./budget.ts";
import type { Move } from "./move.ts";
import type { RunnerError } from "./runner_result.ts";

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
