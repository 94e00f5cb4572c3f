import type { ASTNode } from "@marcbachmann/cel-js";
import { children } from "./children.ts";

const MAX_LITERALS = 16;

/** Longer than what an expression is likely to take a part of. */
const LONG = "x".repeat(256);

/** Functions that fail on some texts. */
const TAKING_APART = ["split", "substring", "int", "double", "timestamp", "indexOf", "lastIndexOf"];

/** Texts that could break it, where it takes texts apart: a long one, and those that it looks for. */
export function sampleTexts(node: ASTNode): string[] {
  return takesApart(node) ? [LONG, ...literalsIn(node)] : [];
}

function takesApart(node: ASTNode): boolean {
  const name = node.op === "call" || node.op === "rcall" ? node.args[0] : "";
  return TAKING_APART.includes(name) || children(node).some(takesApart);
}

/** The first texts that stand in it. */
function literalsIn(node: ASTNode, found: string[] = []): string[] {
  if (node.op === "value" && typeof node.args === "string" && found.length < MAX_LITERALS) {
    if (!found.includes(node.args)) found.push(node.args);
  }
  for (const child of children(node)) literalsIn(child, found);
  return found;
}
