import { cut } from "../model/cut.ts";
import { isJsonObject } from "../model/json.ts";
import type { Move } from "../model/move.ts";
import { messageOf } from "../model/user_error.ts";

/** The most characters of a reason: a hostile key may be long. */
const MAX_WHY = 2000;

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
  try {
    const parsed = moveSchema.safeParse(data);
    if (parsed.success) return { ok: true, move: parsed.data };
    const { describeIssues } = await import("../model/describe_issues.ts");
    const issues = describeIssues(moveSchema, data).split("\n").map((line) => line.trim());
    return { ok: false, why: cut(`not a valid move: ${issues.join("; ")}`, MAX_WHY) };
  } catch (error) {
    // An object from code can have a getter that throws.
    return { ok: false, why: cut(`the move cannot be checked: ${messageOf(error)}`, MAX_WHY) };
  }
}

function findObject(text: string): { data: unknown } | string {
  const trimmed = text.trim();
  if (trimmed === "") return "the answer was empty";
  const fences = fencedBlocks(trimmed);
  if (fences.length > 1) {
    return `the answer holds ${fences.length} fenced blocks: give exactly one JSON object`;
  }
  const source = fences[0] ?? trimmed;
  // As it is first: the only object of a list is not the answer.
  for (const text of [source, source.slice(source.indexOf("{"), source.lastIndexOf("}") + 1)]) {
    try {
      const data: unknown = JSON.parse(text);
      if (isJsonObject(data)) return { data };
      return `the answer is JSON but no object: ${cut(text.trim().replaceAll(/\s+/g, " "), 80)}`;
    } catch {
      continue; // prose around it, or no JSON at all
    }
  }
  return `the answer is not one JSON object: it begins ${JSON.stringify(cut(trimmed, 80))}`;
}

/** What stands between lines of three backticks. Line by line: one expression for it all would take minutes. */
function fencedBlocks(text: string): string[] {
  const blocks: string[] = [];
  let block: string[] | null = null;
  for (const line of text.split("\n")) {
    if (block === null) {
      if (/^```\w*\s*$/.test(line)) block = [];
    } else if (/^```\s*$/.test(line)) {
      blocks.push(block.join("\n"));
      block = null;
    } else block.push(line);
  }
  return blocks;
}
