import { type Access, NO_ACCESS } from "../model/access.ts";
import type { PolicyRule } from "../model/policy_rule.ts";
import type { Verdict } from "../model/verdict.ts";
import { LIMITED_BY_TAINT, OF_TRUSTED_GOALS } from "./admit.ts";
import { BUILT_IN_RULES } from "./built_in_rules.ts";

/** One rule of the policy as it is in effect, for a person to read. */
export interface ListedRule {
  name: string;
  from: "config" | "built-in";
  then: Verdict["then"];
  /** The CEL expression of a rule of the person's own; `null` for a built-in one. */
  when: string | null;
  /** When a built-in rule applies; of one of the person's own, why it is there. */
  describes: string;
  /** What a rule of the person's own lets a command or worker do beyond reading. */
  access: Access;
}

/** Lists the policy in the order in which it is gone through, what outside text limits last. */
export function listPolicy(policy: PolicyRule[]): ListedRule[] {
  const own = policy.map(({ name, when, then, why = name, ...access }): ListedRule => ({
    ...{ name, from: "config", then, when, describes: why },
    access: { ...NO_ACCESS, ...access },
  }));
  const builtIn = BUILT_IN_RULES.map(({ name, then, describes }): ListedRule => ({
    ...{ name, from: "built-in", then, when: null, describes, access: NO_ACCESS },
  }));
  const describes = `at most, whatever allows them: ${LIMITED_BY_TAINT.join(", ")}, and ` +
    `${
      OF_TRUSTED_GOALS.join(", ")
    } of a goal that is not marked untrusted, where outside text could have ` +
    "caused them; but not a worker in a sandbox";
  return [...own, ...builtIn, {
    ...{ name: "taint", from: "built-in", then: "ask", when: null, describes, access: NO_ACCESS },
  }];
}
