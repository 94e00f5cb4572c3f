import { compileExpression } from "../expr/compile_expression.ts";
import { moveVariable, POLICY_VARIABLES } from "../expr/variables.ts";
import { NO_ACCESS } from "../model/access.ts";
import type { PolicyRule } from "../model/policy_rule.ts";
import type { AdmissionRule, Admittance } from "./admission_rule.ts";

/** Told of an allow rule that cannot be evaluated, and why. */
export type OnRuleError = (name: string, error: string) => void;

/**
 * Makes admission rules of those in the config. One that cannot be evaluated does not apply where it allows, and
 * does where it asks or denies.
 *
 * @param values of the variables that a rule may read beside the move
 */
export async function ownRules(
  policy: PolicyRule[],
  values: Record<string, unknown>,
  onError: OnRuleError = () => undefined,
): Promise<AdmissionRule[]> {
  return await Promise.all(policy.map((rule) => ownRule(rule, values, onError)));
}

async function ownRule(
  { name, when, then, why = name, ...access }: PolicyRule,
  values: Record<string, unknown>,
  onError: OnRuleError,
): Promise<AdmissionRule> {
  const compiled = await compileExpression(when, POLICY_VARIABLES);
  const evaluate = ({ move, tokens }: Admittance) =>
    compiled.ok
      ? compiled.expression.evaluate({
        ...values,
        move: moveVariable(move, tokens?.simple ? tokens.argv : null),
      })
      : compiled;
  return {
    name,
    then,
    describes: when,
    applies(admittance) {
      const result = evaluate(admittance);
      if (result.ok) return result.value ? why : null;
      if (then === "allow") {
        onError(name, result.error);
        return null;
      }
      return `${why} (it cannot be evaluated, so it applies: ${result.error})`;
    },
    access: () => ({ ...NO_ACCESS, ...access }),
  };
}
