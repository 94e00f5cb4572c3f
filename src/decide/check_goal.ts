import type { Goal } from "../model/goal.ts";

/**
 * Checks all of a goal that can be checked without a world: its front matter and the expressions of its rules.
 *
 * @returns what is wrong, one line each, or `null`
 */
export async function checkGoal(goal: Goal): Promise<string | null> {
  if (goal.error !== undefined) return goal.error;
  if (goal.rules.length === 0) return null;
  const { compileExpression } = await import("../expr/compile_expression.ts");
  const { GOAL_VARIABLES } = await import("../expr/variables.ts");
  const problems: string[] = [];
  for (const { name, when } of goal.rules) {
    const compiled = await compileExpression(when, GOAL_VARIABLES);
    if (!compiled.ok) {
      problems.push(`goals/${goal.id}.md: rule ${name}: when: ${compiled.error}: ${when}`);
    }
  }
  return problems.length === 0 ? null : problems.join("\n");
}
