import type { ASTNode } from "@marcbachmann/cel-js";
import { children } from "./children.ts";

// An allow-list, because a new version of the library may bring new functions. Left out on purpose: matches
// (a backtracking pattern blocked for 48 s on 31 characters), cel.bind (doubling a value n times takes 2^n
// memory), and bytes with their json(), whose objects would not be the prototype-free ones of toCel().
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
 * Looks for what could make an expression slow or large whatever the data: regular expressions, unbounded
 * growth, loops in loops in loops. The library has no limit on the steps of an evaluation.
 *
 * @returns what is wrong, in one line, or `null`
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
      // The library's own duration pattern takes cubic time.
      return 'duration() takes a literal, such as duration("90m")';
    }
  }
  if (node.op === "+" && depth > 0 && !node.args.some((side) => side.op === "value")) {
    return "adds two computed values inside a macro, where lists could double each time; one side must be a literal";
  }
  for (const child of children(node)) {
    const refusal = refuse(child, inside, count);
    if (refusal !== null) return refusal;
  }
  return null;
}

function isShortText(node: ASTNode): boolean {
  return node.op === "value" && typeof node.args === "string" &&
    node.args.length <= MAX_DURATION_CHARS;
}
