import { cut } from "../model/cut.ts";
import { isJsonObject } from "../model/json.ts";
import type { Move } from "../model/move.ts";

/** A move, or in one line why the text is none: the model is told so when it is asked again. */
export type ParsedMove = { ok: true; move: Move } | { ok: false; why: string };

/**
 * Finds the one move in a model's final text: a JSON object, bare or in a fence, with or without prose around
 * it. Several objects are refused, since nobody knows which was meant.
 */
export async function parseMove(text: string): Promise<ParsedMove> {
  const found = findObject(text);
  if (typeof found === "string") return { ok: false, why: found };
  return await checkMove(found.data);
}

/** Checks a move that was given as data. */
export async function checkMove(data: unknown): Promise<ParsedMove> {
  const { moveSchema } = await import("../model/move.ts");
  const parsed = moveSchema.safeParse(data);
  if (parsed.success) return { ok: true, move: parsed.data };
  const { describeIssues } = await import("../model/describe_issues.ts");
  const issues = describeIssues(parsed.error.issues, data).split("\n").map((line) => line.trim());
  return { ok: false, why: `the move is not valid: ${issues.join("; ")}` };
}

function findObject(text: string): { data: unknown } | string {
  const trimmed = text.trim();
  if (trimmed === "") return "the answer was empty";
  const fences = [...trimmed.matchAll(/^```[a-z]*[ \t]*\n([\s\S]*?)\n```[ \t]*$/gm)];
  if (fences.length > 1) {
    return `the answer holds ${fences.length} fenced blocks: give exactly one JSON object`;
  }
  const source = fences.length === 1
    ? fences[0][1]
    : trimmed.slice(Math.max(trimmed.indexOf("{"), 0), trimmed.lastIndexOf("}") + 1) || trimmed;
  try {
    const data: unknown = JSON.parse(source);
    if (isJsonObject(data)) return { data };
    return `the answer is JSON but no object: ${cut(source, 80)}`;
  } catch {
    return `the answer is not one JSON object: it begins ${JSON.stringify(cut(trimmed, 80))}`;
  }
}
