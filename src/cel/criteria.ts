import type { Goal, Rule } from "../schema/world.ts";
import { type Compiled, compileExpression, compileNumber, type Evaluation } from "./compile.ts";
import { DONE_VARIABLES, GOAL_VARIABLES, METRIC_VARIABLES } from "./variables.ts";

/** Compiles the metric of a goal; `null`: it has none. */
export async function compileMetric({ metric }: Goal): Promise<Compiled<number> | null> {
  return metric === undefined ? null : await compileNumber(metric.value, METRIC_VARIABLES);
}

/**
 * Compiles the `when` of a goal's rule. Its `done` may read the goal's metric: then what the metric reads, it reads too.
 */
export async function compileRule(goal: Goal, { when, ends }: Rule): Promise<Compiled> {
  if (!ends) return await compileExpression(when, GOAL_VARIABLES);
  const done = await compileExpression(when, DONE_VARIABLES);
  if (!done.ok || !done.expression.reads.includes("metric")) return done;
  const metric = await compileMetric(goal);
  if (metric === null) return { ok: false, error: "reads metric, but the goal has none" };
  if (!metric.ok) return { ok: false, error: `metric: ${metric.error}` };
  const { reads, evaluate } = metric.expression;
  const others = done.expression.reads.filter((read) => read !== "metric");
  return {
    ok: true,
    expression: {
      reads: [...new Set([...others, ...reads])].sort(),
      evaluate(values): Evaluation {
        const value = evaluate(values);
        if (!value.ok) return { ok: false, error: `metric: ${value.error}` };
        return done.expression.evaluate({ ...values, metric: value.value });
      },
    },
  };
}
