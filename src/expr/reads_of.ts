import type { ASTNode } from "@marcbachmann/cel-js";
import { children } from "./children.ts";

/** Variables that are maps, so that an expression may read one entry: variable → prefix of the entry's key. */
const MAPS: Record<string, string> = { sensors: "sensor", goals: "goal", workers: "worker" };

/**
 * Tells what an expression reads: `sensor:git` for `sensors.git.x` and `sensors["git"]`, `sensor:*` where it
 * takes the sensors whole or by a computed name (`goal:` and `worker:` likewise), and any other variable by
 * its name. Sorted. A macro's own variable that hides one of these counts as a read too: too much is safe.
 *
 * @param variables names of the variables there are; other names (a macro's own, types) are not reads
 */
export function readsOf(ast: ASTNode, variables: string[]): string[] {
  const reads = new Set<string>();
  collect(ast, variables, reads);
  return [...reads].sort();
}

function collect(node: ASTNode, variables: string[], reads: Set<string>): void {
  const entry = entryOf(node);
  if (entry !== null) {
    reads.add(entry);
    return;
  }
  if (node.op === "id" && variables.includes(node.args)) {
    reads.add(Object.hasOwn(MAPS, node.args) ? `${MAPS[node.args]}:*` : node.args);
  }
  for (const child of children(node)) collect(child, variables, reads);
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
