import type { Access } from "../model/access.ts";
import type { Goal } from "../model/goal.ts";
import type { Verdict } from "../model/verdict.ts";
import type { ReadOnlyCheck } from "./check_read_only.ts";
import type { Part } from "./parts_of.ts";

/** What a rule of the policy looks at. */
export interface Admittance extends Part {
  /** The goal that a `write_goal` or `archive_goal` touches; `null` where there is none, and for other moves. */
  goal: Goal | null;
  /** Of a `run`: whether its command is on the read-only list. */
  command: ReadOnlyCheck | null;
}

/** One rule of the policy. */
export interface AdmissionRule {
  name: string;
  then: Verdict["then"];
  /** Of a built-in rule: when it applies, for a person to read. Of the person's own: its `when`. */
  describes: string;
  /** Why it applies to this move, in one line a person can read; `null` when it does not. */
  applies(admittance: Admittance): string | null;
  /** What it lets a command or worker do beyond reading. Default: nothing. */
  access?(admittance: Admittance): Access;
}
