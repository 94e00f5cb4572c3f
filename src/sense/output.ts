import type { Captured, ProgramEnd } from "../os/run_program.ts";
import { findProgram } from "../os/run_tool.ts";
import { kindAt } from "../os/stat.ts";
import { isJsonObject, type Json, jsonProblem, parseJson } from "../schema/json.ts";
import { decodeUtf8 } from "../schema/text.ts";
import type { Reading } from "../schema/world.ts";
import type { SensorLimits } from "./header.ts";

/** Parses a sensor's output: one JSON object, or why it is not. Of a duplicate key, the last one counts. */
export function parseOutput(output: Uint8Array<ArrayBuffer>): Reading["result"] {
  const text = decodeUtf8(output);
  if (text === null) return failure("its output is not valid UTF-8");
  if (text.trim() === "") return failure(`it printed nothing: ${EXPECTED}`);
  let value: Json;
  try {
    value = parseJson(text);
  } catch {
    return failure(`its output is not JSON: ${EXPECTED}`);
  }
  if (!isJsonObject(value)) return failure(`it printed ${kindOf(value)}: ${EXPECTED}`);
  const problem = jsonProblem(value);
  return problem === null ? { ok: true, value } : failure(`it printed ${problem}`);
}

const EXPECTED = "a sensor must print one JSON object";

function failure(error: string): Reading["result"] {
  return { ok: false, error };
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return "a JSON array";
  return value === null ? "null" : `a JSON ${typeof value}`;
}

const MAX_STDERR = 200;

/** Returns in one line why a run failed: too much output, too slow, or an exit status other than 0; else `null`. */
export function explainEnd(
  { overflowed, end }: Captured,
  { timeoutMs, maxBytes }: SensorLimits,
): string | null {
  if (overflowed) return `it printed more than ${maxBytes} bytes`;
  if (end.ending === "deadline") return `it ran longer than ${timeoutMs / 1000} s and was killed`;
  if (end.status === 0 && end.ending === "exited") return null;
  const stderr = cleanText(end.stderrTail, MAX_STDERR, "end");
  const signal = end.status - 128;
  // A shell reports a child's signal as its own exit status: 128 + n may be either.
  const how = signal >= 1 && signal <= 31
    ? `it was killed by signal ${signal}`
    : `it exited with status ${end.status}`;
  return stderr === "" ? how : `${how}: ${stderr}`;
}

/**
 * Returns why a file with exit status 126 or 127 did not start; `null` if it may have started.
 *
 * @param script its first lines
 * @param path the `PATH` of its environment
 */
export function explainNoStart(
  { status, stderrTail }: ProgramEnd,
  script: string,
  path: string,
): string | null {
  if (status !== 126 && status !== 127) return null;
  if (/: cannot execute binary file/.test(stderrTail)) {
    return "it cannot start: it is neither a script nor a program for this machine";
  }
  const line = /^#!\s*([^\n]*)/.exec(script)?.[1];
  if (line === undefined) return null;
  if (line.endsWith("\r")) return "it cannot start: its first line ends with a carriage return";
  const words = line.trim().split(/\s+/);
  const byEnv = words[0].endsWith("/env") && kindAt(words[0]) === "file";
  const interpreter = byEnv ? words.slice(1).find((word) => !/^-|=/.test(word)) ?? "" : words[0];
  const missing = byEnv
    ? findProgram(interpreter, path) === null
    : kindAt(interpreter) === "nothing";
  return missing
    ? `it cannot start: its interpreter ${cleanText(interpreter, 100)} is not installed`
    : null;
}

/**
 * Makes one safe line of a program's output, at most `max` characters from its start or its end: without escape
 * sequences and control, format and private characters (which could fake lines or recolour a terminal), and with white
 * space collapsed.
 */
export function cleanText(text: string, max: number, keep: "start" | "end" = "start"): string {
  const line = text
    // deno-lint-ignore no-control-regex -- these are removed
    .replace(/\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?)/g, "")
    .replace(/\p{C}+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...line];
  if (characters.length <= max) return line;
  return keep === "start"
    ? `${characters.slice(0, max - 1).join("")}…`
    : `…${characters.slice(1 - max).join("")}`;
}
