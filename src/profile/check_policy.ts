import { type PolicyRule, RESERVED_NAMES } from "../model/policy_rule.ts";

const checked = new Map<string, string[]>();

/**
 * Checks the admission rules of a config as far as that goes without a world: their names, their expressions,
 * and that none of these breaks on some action.
 *
 * @returns what is wrong, each naming the rule, in one line each
 */
export async function checkPolicy(rules: PolicyRule[]): Promise<string[]> {
  if (rules.length === 0) return [];
  // A pulse reads its config on every tick.
  const key = JSON.stringify(rules);
  const known = checked.get(key);
  if (known) return known;
  const problems: string[] = [];
  const names = new Set<string>();
  for (const { name, when } of rules) {
    const wrong = wrongName(name, names) ?? await wrongExpression(when);
    if (wrong !== null) problems.push(`policy rule ${name}: ${wrong}`);
    names.add(name);
  }
  checked.clear();
  checked.set(key, problems);
  return problems;
}

function wrongName(name: string, others: Set<string>): string | null {
  if (RESERVED_NAMES.includes(name)) return "that is the name of a built-in rule; take another";
  return others.has(name) ? "an earlier rule has the same name; take another" : null;
}

async function wrongExpression(when: string): Promise<string | null> {
  const shown = when.replaceAll(/\s+/g, " ");
  const { compileExpression } = await import("../expr/compile_expression.ts");
  const { POLICY_VARIABLES } = await import("../expr/variables.ts");
  const compiled = await compileExpression(when, POLICY_VARIABLES);
  if (!compiled.ok) return `when: ${compiled.error}: ${shown}`;
  const { findBreak } = await import("../expr/find_break.ts");
  const found = await findBreak(when);
  if (found !== null) {
    return `when: ${found.part} cannot be evaluated on every ${found.action}: ${found.error}; ` +
      `ask first whether it can be, as in move.argv.size() > 0 && move.argv[0] == "ls"`;
  }
  if (compiled.expression.isBoolean) return null;
  return `when: it may give something else than true or false; compare it, as in ${shown} == true`;
}
