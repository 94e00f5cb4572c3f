import { isJsonObject, type Json } from "../model/json.ts";
import type { Reading } from "../model/reading.ts";

/** Deeper than anybody means to, and far from where writing it back would overflow the stack. */
const MAX_DEPTH = 100;

/** Reads what a sensor printed: one JSON object, or why it is none. Of a key that stands twice the last holds. */
export function parseOutput(output: Uint8Array<ArrayBuffer>): Reading["result"] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(output);
  } catch {
    return failure("it printed something that is not valid UTF-8");
  }
  if (text.trim() === "") return failure(`it printed nothing: ${EXPECTED}`);
  let value: Json;
  try {
    value = JSON.parse(text);
  } catch {
    return failure(`it printed something that is not JSON: ${EXPECTED}`);
  }
  if (!isJsonObject(value)) return failure(`it printed ${kindOf(value)}: ${EXPECTED}`);
  const problem = problemOf(value, 1);
  return problem === null ? { ok: true, value } : failure(`it printed ${problem}`);
}

/** Says what the rest of the program could not carry of a parsed JSON value; `null` where it is sound. */
export function problemOf(value: Json, depth = 1): string | null {
  // JSON.parse reads 1e999 as Infinity, which no JSON can hold.
  if (typeof value === "number") {
    return Number.isFinite(value) ? null : "a number that is too large";
  }
  if (typeof value !== "object" || value === null) return null;
  if (depth > MAX_DEPTH) return `JSON that is nested deeper than ${MAX_DEPTH} levels`;
  for (const item of Object.values(value)) {
    const problem = problemOf(item, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

const EXPECTED = "a sensor prints one JSON object";

function failure(error: string): Reading["result"] {
  return { ok: false, error };
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return "a JSON array";
  return value === null ? "null" : `a JSON ${typeof value}`;
}
