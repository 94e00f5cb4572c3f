import { findProgram } from "../host/find_program.ts";
import type { ProgramEnd } from "../host/run_program.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import type { Captured } from "./capture_output.ts";
import { cleanText } from "./clean_text.ts";
import type { SensorLimits } from "./read_limits.ts";

const MAX_SAID = 200;

/** Says in one line why a run cannot be used: it printed too much, took too long, or ended badly; else `null`. */
export function explainEnd(
  { overflowed, end }: Captured,
  { timeoutMs, maxBytes }: SensorLimits,
): string | null {
  if (overflowed) return `it printed more than ${maxBytes} bytes`;
  if (end.ending === "deadline") return `it ran longer than ${timeoutMs / 1000} s and was killed`;
  if (end.status === 0 && end.ending === "exited") return null;
  const said = cleanText(end.stderrTail, MAX_SAID, "end");
  const signal = end.status - 128;
  // A shell reports a child's signal the same way as its own exit status: 128 + n may be either.
  const how = signal >= 1 && signal <= 31
    ? `it was killed by signal ${signal}`
    : `it exited with status ${end.status}`;
  return said === "" ? how : `${how}: ${said}`;
}

/**
 * Says why a file that ended with status 126 or 127 did not even start; `null` where it may have.
 *
 * @param script its first lines
 * @param path the `PATH` that it was started with
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
  const byEnv = words[0].endsWith("/env") && whatIsAt(words[0]) === "file";
  const interpreter = byEnv ? words.slice(1).find((word) => !/^-|=/.test(word)) ?? "" : words[0];
  const missing = byEnv
    ? findProgram(interpreter, path) === null
    : whatIsAt(interpreter) === "nothing";
  return missing
    ? `it cannot start: there is no ${cleanText(interpreter, 100)} to interpret it`
    : null;
}
