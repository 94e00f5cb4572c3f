import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { readsOf, refuseCostly, unknownField } from "./analyze.ts";
import { isExactNumber } from "../schema/json.ts";
import type { Variables } from "./variables.ts";

/** The result of an expression, or in one line why it has none. */
export type Evaluation = { ok: true; value: boolean } | { ok: false; error: string };

/** An expression that can be evaluated. */
export interface Expression {
  /** What it reads, in the form of {@linkcode readsOf}. */
  reads: string[];
  /**
   * Evaluates it; never throws. A missing key, a wrong type and a result that is not a boolean are errors.
   *
   * @param values variable → JSON value, or a `Date` for a timestamp
   */
  evaluate(values: Record<string, unknown>): Evaluation;
}

/** A compiled expression, or in one line why the source is invalid. */
export type Compiled = { ok: true; expression: Expression } | { ok: false; error: string };

const MAX_SOURCE_CHARS = 4000;

/**
 * Parses and type-checks a CEL expression that must return a boolean. Never throws for an invalid expression.
 *
 * The expression may name only these variables, and may not use regular expressions or anything else of unbounded cost.
 * A result whose type depends on the data is checked when the expression is evaluated.
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
      return failed(`returns ${check.type}; it must return true or false`);
    }
    return { ok: true, expression: { reads, evaluate: (values) => evaluate(parsed, values) } };
  } catch (error) {
    return failed(describeCelError(error));
  }
}

function evaluate(
  parsed: (context: Record<string, unknown>) => unknown,
  values: Record<string, unknown>,
): Evaluation {
  try {
    const context = Object.entries(values).map(([name, value]) => [name, toCel(value)]);
    const value = parsed(Object.fromEntries(context));
    if (typeof value === "boolean") return { ok: true, value };
    return failed(`returned ${typeName(value)}; it must return true or false`);
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
