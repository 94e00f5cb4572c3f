import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { isExactNumber } from "../schema/json.ts";
import type { Goal, Rule } from "../schema/world.ts";
import { readsOf, refuseCostly, unknownField } from "./analyze.ts";
import { DONE_VARIABLES, GOAL_VARIABLES, METRIC_VARIABLES, type Variables } from "./variables.ts";

/** The result of an expression, or in one line why it has none. */
export type Evaluation<T = boolean> = { ok: true; value: T } | { ok: false; error: string };

/** An expression that can be evaluated. */
export interface Expression<T = boolean> {
  /** What it reads, in the form of {@linkcode readsOf}. */
  reads: string[];
  /**
   * Evaluates it; never throws. A missing key, a wrong type and a result of another type are errors.
   *
   * @param values variable → JSON value, or a `Date` for a timestamp
   */
  evaluate(values: Record<string, unknown>): Evaluation<T>;
}

/** A compiled expression, or in one line why the source is invalid. */
export type Compiled<T = boolean> =
  | { ok: true; expression: Expression<T> }
  | { ok: false; error: string };

/** A type that an expression may have. */
interface Result<T> {
  /** Its CEL types; `dyn` is checked when the expression is evaluated. */
  types: readonly string[];
  /** Converts a value of CEL; `undefined` for one of another type. */
  read(value: unknown): T | undefined;
  expected: string;
}

const BOOLEAN: Result<boolean> = {
  types: ["bool", "dyn"],
  read: (value) => typeof value === "boolean" ? value : undefined,
  expected: "it must return true or false",
};

const NUMBER: Result<number> = {
  types: ["int", "uint", "double", "dyn"],
  read(value) {
    const number = typeof value === "bigint" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
  },
  expected: "it must return a number",
};

const MAX_SOURCE_CHARS = 4000;

/**
 * Parses and type-checks a CEL expression that must return a boolean. Never throws for an invalid expression.
 *
 * The expression may name only these variables, and may not use regular expressions or anything else of unbounded cost.
 * A result whose type depends on the data is checked when the expression is evaluated.
 */
export function compileExpression(source: string, variables: Variables): Promise<Compiled> {
  return compile(source, variables, BOOLEAN);
}

/** As {@linkcode compileExpression}, but the expression must return a finite number. */
export function compileNumber(source: string, variables: Variables): Promise<Compiled<number>> {
  return compile(source, variables, NUMBER);
}

async function compile<T>(
  source: string,
  variables: Variables,
  result: Result<T>,
): Promise<Compiled<T>> {
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
    if (!result.types.includes(check.type ?? "")) {
      return failed(`returns ${check.type}; ${result.expected}`);
    }
    const expression = {
      reads,
      evaluate: (values: Record<string, unknown>) => evaluate(parsed, values, result),
    };
    return { ok: true, expression };
  } catch (error) {
    return failed(describeCelError(error));
  }
}

function evaluate<T>(
  parsed: (context: Record<string, unknown>) => unknown,
  values: Record<string, unknown>,
  { read, expected }: Result<T>,
): Evaluation<T> {
  try {
    const context = Object.entries(values).map(([name, value]) => [name, toCel(value)]);
    const value = parsed(Object.fromEntries(context));
    const found = read(value);
    if (found !== undefined) return { ok: true, value: found };
    return failed(`returned ${typeName(value)}; ${expected}`);
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

const LIMITS = {
  maxAstNodes: 400,
  maxDepth: 32,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Creates an environment in which expressions may name these variables. */
async function celEnvironment(variables: Variables): Promise<Environment> {
  // CEL takes 55 ms to load, and most commands evaluate nothing.
  const { Environment } = await import("@marcbachmann/cel-js");
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
  for (const [name, type] of Object.entries(variables)) {
    if (typeof type === "string") environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: type });
  }
  return environment;
}

/** Describes an error of CEL in one line, without the library's drawing of the source. */
function describeCelError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const summary = (error as { summary?: unknown }).summary;
  const text = typeof summary === "string" ? summary : error.message;
  // The library reports the size of an empty list as undefined.
  return text.replace(/, index (-?\d+) >= size undefined/, ", index $1 >= size 0").replaceAll(
    /\s+/g,
    " ",
  );
}

/**
 * Converts JSON data into CEL values: whole numbers become ints, objects become maps. A `Map` rather than an object,
 * so that `__proto__` and `constructor` are ordinary keys. Whole numbers beyond 2^53 are ints if they still have all their
 * digits. Dates (CEL timestamps) stay as they are.
 */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (isExactNumber(value)) {
    return /^-?\d+$/.test(value.rawJSON) ? BigInt(value.rawJSON) : Number(value.rawJSON);
  }
  if (Array.isArray(value)) return value.map(toCel);
  return new Map(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
}

/** Returns the operands of a node, in source order. */
export function children(node: ASTNode): ASTNode[] {
  // A value may be an object, too.
  if (node.op === "value") return [];
  const args: unknown[] = [node.args].flat(3);
  return args.filter((arg): arg is ASTNode => typeof arg === "object" && arg !== null);
}

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
