import { celEnvironment } from "./cel_environment.ts";
import { describeCelError } from "./describe_cel_error.ts";
import { readsOf } from "./reads_of.ts";
import { refuseCostly } from "./refuse_costly.ts";
import { toCel } from "./to_cel.ts";
import { unknownField } from "./unknown_field.ts";
import type { Variables } from "./variables.ts";

/** What evaluating an expression gave: a boolean, or in one line why there is none. */
export type Evaluation = { ok: true; value: boolean } | { ok: false; error: string };

/** An expression that can be evaluated. */
export interface Expression {
  /** What it reads, as {@linkcode readsOf} names it. */
  reads: string[];
  /** `false`: only the data can tell whether it gives a boolean. */
  isBoolean: boolean;
  /**
   * Evaluates it; never throws. A missing key, an unfit type or a result that is no boolean is an error.
   *
   * @param values variable → JSON-like value, or a `Date` for a timestamp
   */
  evaluate(values: Record<string, unknown>): Evaluation;
}

/** What compiling gave: an expression, or in one line why it is none. */
export type Compiled = { ok: true; expression: Expression } | { ok: false; error: string };

const MAX_SOURCE_CHARS = 4000;

/**
 * Parses and type-checks a CEL expression that must give a boolean. Never throws for a bad expression.
 *
 * It may name only the variables given, and use no regular expression and nothing else whose cost has no
 * bound. A result whose type only the data can tell is checked when it is evaluated.
 */
export async function compileExpression(source: string, variables: Variables): Promise<Compiled> {
  if (source.length > MAX_SOURCE_CHARS) {
    return failed(`is ${source.length} characters long; at most ${MAX_SOURCE_CHARS}`);
  }
  const environment = await celEnvironment(variables);
  try {
    const parsed = environment.parse(source);
    const refusal = refuseCostly(parsed.ast);
    if (refusal !== null) return failed(refusal);
    const unknown = unknownField(parsed.ast, variables);
    if (unknown !== null) return failed(`No such key: ${unknown}`);
    const reads = readsOf(parsed.ast, Object.keys(variables));
    const check = parsed.check();
    if (!check.valid) return failed(describeCelError(check.error));
    if (check.type !== "bool" && check.type !== "dyn") {
      return failed(`gives ${check.type}; it must give true or false`);
    }
    return {
      ok: true,
      expression: {
        reads,
        isBoolean: check.type === "bool",
        evaluate: (values) => evaluate(parsed, values),
      },
    };
  } catch (error) {
    return failed(describeCelError(error));
  }
}

function evaluate(
  parsed: (context: Record<string, unknown>) => unknown,
  values: Record<string, unknown>,
): Evaluation {
  try {
    const context: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) context[name] = toCel(value);
    const value = parsed(context);
    if (typeof value === "boolean") return { ok: true, value };
    return failed(`gave ${typeName(value)}; it must give true or false`);
  } catch (error) {
    return failed(describeCelError(error));
  }
}

function failed(error: string): { ok: false; error: string } {
  return { ok: false, error };
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "bigint") return "an int";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
