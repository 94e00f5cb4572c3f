import { join } from "@std/path";
import * as z from "zod/mini";
import type { ZodMiniType } from "zod/mini";
import { readRegularLines } from "../../os/untrusted_files.ts";
import { quoteWord, type Spend } from "./agent.ts";

/** Longer than the records of any session that a person could follow. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads those lines of a file that are JSON of this shape. A line of another kind is passed over, and so is the
 * last one while it is being written. A missing file has no lines.
 */
export async function readJsonLines<T>(
  path: string,
  schema: ZodMiniType<T>,
): Promise<T[]> {
  const found: T[] = [];
  // Its worker may write there whatever it likes.
  for await (const batch of readRegularLines(path, MAX_BYTES)) {
    for (const line of batch) {
      if (!line.startsWith("{")) continue;
      const parsed = schema.safeParse(parse(line));
      if (parsed.success) found.push(parsed.data);
    }
  }
  return found;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Half a line: the program is writing it now.
    return undefined;
  }
}

/** Tokens of one answer, or of one session. */
export interface Spent {
  model: string | null;
  /** Tokens in, those read from a cache included. */
  input: number;
  /** Of those, read from a cache. */
  cached: number;
  output: number;
  /** US dollars; 0 for tokens that were used means that nobody configured a price. */
  cost: number | null;
}

/** Adds up; `null` when there is nothing. One part of unknown price makes the price of all unknown. */
export function sumSpend(parts: Spent[]): Spend | null {
  const used = parts.filter(({ input, output }) => input + output > 0);
  if (used.length === 0) return null;
  const sum = (pick: (part: Spent) => number) => used.reduce((all, part) => all + pick(part), 0);
  return {
    model: used.findLast(({ model }) => model !== null)?.model ?? null,
    input_tokens: sum(({ input }) => input),
    cached_input_tokens: sum(({ cached }) => cached),
    output_tokens: sum(({ output }) => output),
    cost_usd: used.some(({ cost }) => !cost) ? null : sum(({ cost }) => cost ?? 0),
  };
}

const started = z.object({ session_id: z.string(), transcript_path: z.nullish(z.string()) });

/** Seconds that noting a session may take. */
export const NOTING_TIMEOUT_S = 60;

function listFile(workerDir: string): string {
  return join(workerDir, "sessions.jsonl");
}

/**
 * Shell command for a `SessionStart` hook: notes which session this is. A worker can have several, after
 * `/clear` or a resume; and all workers share a directory, so nothing else tells whose a transcript is.
 */
export function noteSession(workerDir: string): string {
  return `{ cat; echo; } >>${quoteWord(listFile(workerDir))}`;
}

/** Shell words that become the id of the session noted last. */
export function lastSessionId(workerDir: string): string {
  const pick = `s/.*"session_id":"\\([0-9a-f-]*\\)".*/\\1/p`;
  return `"$(sed -n ${quoteWord(pick)} ${quoteWord(listFile(workerDir))} | tail -n 1)"`;
}

/** How many sessions of a worker are looked at. */
const MOST = 1000;

/** The transcripts of a worker's sessions, each once, the first session first. */
export async function transcriptsOf(workerDir: string): Promise<string[]> {
  const sessions = await readJsonLines(listFile(workerDir), started);
  return [...new Set(sessions.flatMap(({ transcript_path: path }) => path ? [path] : []))].slice(
    0,
    MOST,
  );
}
