import { compileExpression } from "../cel/compile.ts";
import { moveVariable, POLICY_VARIABLES } from "../cel/variables.ts";
import { explainError } from "../decide/rules.ts";
import { type Access, NO_ACCESS, type PolicyRule } from "../schema/config.ts";
import type { Verdict } from "../schema/decision.ts";
import { BUILT_IN_RULES } from "./builtin_rules.ts";
import {
  type AdmissionRule,
  type Admittance,
  LIMITED_BY_TAINT,
  LIMITED_ON_TRUSTED_GOALS,
  LIMITED_ON_TRUSTED_SCHEDULES,
} from "./parts.ts";

/**
 * Compiles the config's policy rules. A rule that cannot be evaluated is ignored if it allows, and applies if it asks
 * or denies.
 *
 * @param values of the variables that a rule may read besides the move
 * @param onError receives the name of an ignored rule, and why
 */
export async function userRules(
  policy: PolicyRule[],
  values: Record<string, unknown>,
  onError: (name: string, error: string) => void = () => undefined,
): Promise<AdmissionRule[]> {
  return await Promise.all(policy.map(async ({ name, when, then, why = name, ...access }) => {
    const compiled = await compileExpression(when, POLICY_VARIABLES);
    return {
      ...{ name, then, describes: when },
      applies({ move, tokens }: Admittance) {
        const argv = tokens?.simple ? tokens.argv : null;
        const result = compiled.ok
          ? compiled.expression.evaluate({ ...values, move: moveVariable(move, argv) })
          : compiled;
        if (result.ok) return result.value ? why : null;
        const reads = compiled.ok ? compiled.expression.reads : [];
        const error = explainError(result.error, reads, values);
        if (then !== "allow") return `${why}. It cannot be evaluated, so it applies: ${error}`;
        onError(name, error);
        return null;
      },
      access: () => ({ ...NO_ACCESS, ...access }),
    };
  }));
}

/** One rule of the policy in effect. */
export interface ListedRule {
  name: string;
  from: "config" | "built-in";
  then: Verdict["then"];
  /** The CEL expression of a rule of the config; `null` for a built-in one. */
  when: string | null;
  /** When a built-in rule applies; of a rule of the config, its `why`. */
  describes: string;
  /** What a rule of the config lets a command or worker do beyond reading. */
  access: Access;
}

/** Lists the policy in the order of evaluation; the limits of tainted decisions come last. */
export function listPolicy(policy: PolicyRule[]): ListedRule[] {
  const own = policy.map(({ name, when, then, why = name, ...access }): ListedRule => ({
    ...{ name, from: "config", then, when, describes: why },
    access: { ...NO_ACCESS, ...access },
  }));
  const builtIn = (name: string, then: Verdict["then"], describes: string): ListedRule => ({
    ...{ name, from: "built-in", then, when: null, describes, access: NO_ACCESS },
  });
  const limited =
    `under untrusted input, whatever allows them: ${LIMITED_BY_TAINT.join(", ")}, and ` +
    `${[...LIMITED_ON_TRUSTED_GOALS, ...LIMITED_ON_TRUSTED_SCHEDULES].join(", ")} of a goal or ` +
    "schedule that is not marked untrusted; " +
    "but not a worker in a sandbox without network, credentials, write access and repository";
  return [
    ...own,
    ...BUILT_IN_RULES.map(({ name, then, describes }) => builtIn(name, then, describes)),
    builtIn("taint", "ask", limited),
  ];
}
