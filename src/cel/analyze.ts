import type { ASTNode } from "@marcbachmann/cel-js";
import { children } from "./compile.ts";
import type { Variables } from "./variables.ts";

/**
 * Finds a field that a variable with known fields lacks. The type check accepts it inside `has()`, which would always be
 * false.
 */
export function unknownField(ast: ASTNode, variables: Variables): string | null {
  if (ast.op === "." && ast.args[0].op === "id") {
    const [{ args: name }, field] = ast.args;
    const fields = Object.hasOwn(variables, name) ? variables[name] : "";
    if (typeof fields === "object" && !Object.hasOwn(fields, field)) return field;
  }
  return firstOf(children(ast), (child) => unknownField(child, variables));
}

function firstOf(nodes: ASTNode[], check: (node: ASTNode) => string | null): string | null {
  for (const node of nodes) {
    const found = check(node);
    if (found !== null) return found;
  }
  return null;
}

// An allow-list, because a new version of the library may add functions. Left out on purpose: matches (a backtracking
// pattern blocked for 48 s on 31 characters), cel.bind (doubling a value n times takes 2^n memory), and bytes with
// their json(), whose objects would have prototypes, unlike those of toCel().
const FUNCTIONS = new Set([
  ...["has", "size", "int", "double", "string", "bool", "dyn", "type", "timestamp", "duration"],
  ...["contains", "startsWith", "endsWith", "indexOf", "lastIndexOf", "substring", "trim"],
  ...["lowerAscii", "upperAscii", "split", "join"],
  ...["getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours"],
  ...["getMilliseconds", "getMinutes", "getMonth", "getSeconds"],
]);

const MACROS = new Set(["all", "exists", "exists_one", "filter", "map"]);

const MAX_NESTED_MACROS = 2;
const MAX_MACROS = 8;
const MAX_DURATION_CHARS = 32;

/**
 * Refuses expressions that could be slow or large: regular expressions, unbounded growth, three nested loops. The
 * library has no limit on the steps of an evaluation.
 *
 * @returns the problem in one line, or `null`
 */
export function refuseCostly(ast: ASTNode): string | null {
  const count = { macros: 0 };
  return refuse(ast, 0, count) ??
    (count.macros > MAX_MACROS ? `has ${count.macros} macros; at most ${MAX_MACROS}` : null);
}

function refuse(node: ASTNode, depth: number, count: { macros: number }): string | null {
  let inside = depth;
  if (node.op === "call" || node.op === "rcall") {
    const name = node.args[0];
    const args = node.op === "call" ? node.args[1] : node.args[2];
    if (node.op === "rcall" && MACROS.has(name)) {
      count.macros++;
      inside++;
      if (inside > MAX_NESTED_MACROS) {
        return `nests ${name}() more than ${MAX_NESTED_MACROS} deep`;
      }
    } else if (name === "matches") {
      return "uses matches(): regular expressions are not available; use contains, startsWith, endsWith";
    } else if (!FUNCTIONS.has(name)) {
      return `uses ${name}(), which is not available`;
    }
    if (name === "duration" && !args.every(isShortText)) {
      // The library's pattern for durations takes cubic time.
      return 'duration() takes a literal, such as duration("90m")';
    }
  }
  if (node.op === "+" && depth > 0 && !node.args.some((side) => side.op === "value")) {
    return "adds two computed values inside a macro, where lists could double each time; one side must be a literal";
  }
  return firstOf(children(node), (child) => refuse(child, inside, count));
}

function isShortText(node: ASTNode): boolean {
  return node.op === "value" && typeof node.args === "string" &&
    node.args.length <= MAX_DURATION_CHARS;
}

/** Variables that are maps, of which an expression may read a single entry: variable → prefix of the entry's key. */
const MAPS: Record<string, string> = {
  ...{ sensors: "sensor", schedules: "schedule", goals: "goal", workers: "worker" },
};

/**
 * Returns what an expression reads, sorted: `sensor:git` for `sensors.git.x` and `sensors["git"]`, `sensor:*` for all
 * sensors or one with a computed name (`schedule:`, `goal:` and `worker:` likewise), and the name of any other variable.
 * A macro's variable that hides one of these counts as a read too, which is safe.
 *
 * @param variables the names of the variables; other names (of macro variables and types) are not reads
 */
export function readsOf(ast: ASTNode, variables: string[]): string[] {
  return [...new Set(collect(ast, variables))].sort();
}

function collect(node: ASTNode, variables: string[]): string[] {
  const entry = entryOf(node);
  if (entry !== null) return [entry];
  if (node.op === "id" && variables.includes(node.args)) {
    return [Object.hasOwn(MAPS, node.args) ? `${MAPS[node.args]}:*` : node.args];
  }
  return children(node).flatMap((child) => collect(child, variables));
}

function entryOf(node: ASTNode): string | null {
  if (node.op === ".") return keyOf(node.args[0], node.args[1]);
  if (node.op === "[]") return keyOf(node.args[0], literal(node.args[1]));
  if (node.op === "in") return keyOf(node.args[1], literal(node.args[0]));
  return null;
}

function keyOf(map: ASTNode, name: unknown): string | null {
  if (map.op !== "id" || !Object.hasOwn(MAPS, map.args) || typeof name !== "string") return null;
  return `${MAPS[map.args]}:${name}`;
}

function literal(node: ASTNode): unknown {
  return node.op === "value" ? node.args : undefined;
}
