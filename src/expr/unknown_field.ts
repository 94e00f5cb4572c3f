import type { ASTNode } from "@marcbachmann/cel-js";
import { children } from "./children.ts";
import type { Variables } from "./variables.ts";

/**
 * Finds a field that a variable with known fields does not have, where the type check lets it pass: inside
 * `has()`, which would be false for ever.
 */
export function unknownField(ast: ASTNode, variables: Variables): string | null {
  if (ast.op === "." && ast.args[0].op === "id") {
    const [{ args: name }, field] = ast.args;
    const fields = Object.hasOwn(variables, name) ? variables[name] : "";
    if (typeof fields === "object" && !Object.hasOwn(fields, field)) return field;
  }
  for (const child of children(ast)) {
    const found = unknownField(child, variables);
    if (found !== null) return found;
  }
  return null;
}
