import type { StreamReader } from "../../../src/decide/runners/stream.ts";
import type { RunnerResult } from "../../../src/schema/decision.ts";

/** When the recorded calls are said to take place. */
export const now = () => new Date("2026-11-23T04:50:00Z");

/** What a reader made of a stream. */
export interface Read {
  result: RunnerResult;
  shown: string[];
}

/** Feeds a reader the lines of `tests/fixtures/runner-streams/<name>`; `.stderr` files as stderr. */
export async function readRecorded(
  reader: StreamReader,
  name: string,
  status = 0,
): Promise<Read> {
  const url = new URL(`../../fixtures/runner-streams/${name}`, import.meta.url);
  const lines = (await Deno.readTextFile(url)).trimEnd().split("\n");
  return readLines(reader, lines, { status, stderr: name.endsWith(".stderr") });
}

/** Feeds a reader these lines; objects are written as JSON. */
export function readLines(
  reader: StreamReader,
  lines: unknown[],
  { status = 0, stderr = false, stderrTail = "" } = {},
): Read {
  const shown: string[] = [];
  for (const line of lines) {
    const text = typeof line === "string" ? line : JSON.stringify(line);
    const said = stderr ? reader.errorLine?.(text) : reader.line(text);
    if (said !== undefined) shown.push(said);
  }
  return { result: reader.end({ status, stderrTail }), shown };
}
