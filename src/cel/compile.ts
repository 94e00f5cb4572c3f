import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { readsOf, refuseCostly, unknownField } from "./analyze.ts";
import type { Variables } from "./variables.ts";

/** What evaluating an expression gave: a boolean, or in one line why there is none. */
export type Evaluation = { ok: true; value: boolean } | { ok: false; error: string };

/** An expression that can be evaluated. */
export interface Expression {
  /** What it reads, as {@linkcode readsOf} names it. */
  reads: string[];
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

const LIMITS = {
  maxAstNodes: 400,
  maxDepth: 32,
  maxListElements: 100,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** Creates an environment in which expressions may name these variables. */
async function celEnvironment(variables: Variables): Promise<Environment> {
  // Loaded here, not at the top: CEL takes 55 ms, and most commands evaluate nothing.
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
  // Of an empty list the library says that its size is undefined.
  return text.replace(/, index (-?\d+) >= size undefined/, ", index $1 >= size 0").replaceAll(
    /\s+/g,
    " ",
  );
}

/**
 * Turns JSON-like data into the values that CEL computes with: whole numbers become ints, objects become maps.
 * `Map`s rather than objects, so that `__proto__` and `constructor` are keys like any other. Dates (CEL
 * timestamps) pass as they are; whole numbers past 2^53 stay doubles, since JSON has lost their digits already.
 */
export function toCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value) list.push(toCel(item));
    return list;
  }
  const map = new Map<string, unknown>();
  for (const key of Object.keys(value)) {
    map.set(key, toCel((value as Record<string, unknown>)[key]));
  }
  return map;
}

/** The direct operands of a node of an expression, in the order in which they are written. */
export function children(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [node.args[0]];
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    case "map":
      return node.args.flat();
    case "!_":
    case "-_":
      return [node.args];
    default:
      return [...node.args];
  }
}
