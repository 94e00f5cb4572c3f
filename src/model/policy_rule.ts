import type { Access } from "./access.ts";
import type { Verdict } from "./verdict.ts";

/** One admission rule of the config's `policy`. */
export interface PolicyRule extends Partial<Access> {
  /** What verdicts call it. */
  name: string;
  /** CEL expression over `move` and what a goal's rule may read; the first rule that holds decides. */
  when: string;
  /** Make the move, ask a human first, or refuse it. */
  then: Verdict["then"];
  /** Why, in one line for a person. Default: the rule's name. */
  why?: string;
}
