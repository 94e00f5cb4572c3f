import type { Goal } from "../model/goal.ts";
import type { Move } from "../model/move.ts";
import type { Verdict } from "../model/verdict.ts";
import type { ReadOnlyCheck } from "./check_read_only.ts";

/** What a rule of the policy looks at. */
export interface Admittance {
  move: Move;
  /** The goal that a `write_goal` replaces, `null` where there is none yet and for other moves. */
  goal: Goal | null;
  /** Of a `run`, and of a `start_worker` with `verify`: whether that command is on the read-only list. */
  command: ReadOnlyCheck | null;
}

/** One rule of the policy. */
export interface AdmissionRule {
  name: string;
  then: Verdict["then"];
  /** Why it applies to this move, in one line a person can read; `null` when it does not. */
  applies(admittance: Admittance): string | null;
}
