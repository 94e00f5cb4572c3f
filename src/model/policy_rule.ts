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

/** The built-in rules in their order, after which comes what outside text limits. */
export const BUILT_IN_NAMES = [
  "worker-command",
  "noop",
  "run-read-only",
  "run",
  "start-worker",
  "stop-worker",
  "write-goal-rules",
  "write-goal-trust",
  "write-goal",
  "archive-goal",
  "write-sensor",
  "remove-sensor",
  "write-playbook",
  "ask",
] as const;

/** What else a verdict may name as its rule. */
export const RESERVED_NAMES: readonly string[] = [
  ...BUILT_IN_NAMES,
  "taint",
  "approval",
  "default",
];
