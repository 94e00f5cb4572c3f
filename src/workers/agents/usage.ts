import { join } from "@std/path";
import * as z from "zod/mini";
import { readRegularLines } from "../../os/untrusted_files.ts";
import { parseAs, type Schema } from "../../schema/schema.ts";
import { quoteWord, type Spend } from "./agent.ts";

/** Larger than the records of any real session. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Reads the lines of a file that match a schema; a missing file has none. */
export async function readJsonLines<T>(path: string, schema: Schema<T>): Promise<T[]> {
  const found: T[] = [];
  // The worker can write anything there.
  for await (const batch of readRegularLines(path, MAX_BYTES)) {
    for (const line of batch) {
      if (!line.startsWith("{")) continue;
      const record = parseAs(schema, line);
      if (record !== undefined) found.push(record);
    }
  }
  return found;
}

/** Adds counts of tokens, or dollars; `null` where one of them is not recorded. */
export function addKnown(...counts: (number | null | undefined)[]): number | null {
  return counts.reduce<number | null>(
    (sum, count) => sum === null || typeof count !== "number" ? null : sum + count,
    0,
  );
}

/**
 * Sums up what the records in these files cost. An agent writes some records several times: the last one of each key counts.
 *
 * @param keyed the key of a record, and its cost; `null` where it has none
 * @returns `null` where neither tokens nor dollars were used. One unknown cost, or a cost of 0, makes the sum unknown: a model without a
 * configured price costs 0.
 */
export async function sumSpend<T>(
  paths: string[],
  schema: Schema<T>,
  keyed: (record: T, path: string) => [key: string, spend: Spend] | null,
): Promise<Spend | null> {
  const byKey = new Map<string, Spend>();
  for (const path of paths) {
    for (const record of await readJsonLines(path, schema)) {
      const entry = keyed(record, path);
      if (entry) byKey.set(...entry);
    }
  }
  const used = [...byKey.values()].filter(({ input_tokens, output_tokens, cost_usd }) =>
    (input_tokens ?? 0) + (output_tokens ?? 0) > 0 || (cost_usd ?? 0) > 0
  );
  if (used.length === 0) return null;
  const sum = (pick: (part: Spend) => number | null) => addKnown(...used.map(pick));
  return {
    model: used.findLast(({ model }) => model !== null)?.model ?? null,
    input_tokens: sum((part) => part.input_tokens),
    cached_input_tokens: sum((part) => part.cached_input_tokens),
    output_tokens: sum((part) => part.output_tokens),
    cost_usd: sum((part) => part.cost_usd || null),
  };
}

const started = z.object({ session_id: z.string(), transcript_path: z.nullish(z.string()) });

/** The time limit of {@linkcode recordSession}, in seconds. */
export const RECORDING_TIMEOUT_S = 60;

function listFile(workerDir: string): string {
  return join(workerDir, "sessions.jsonl");
}

/**
 * Shell command for a `SessionStart` hook, which records the session. A worker can have several sessions, after `/clear` or
 * a resume, and all workers share a directory, so a transcript does not otherwise identify its worker.
 */
export function recordSession(workerDir: string): string {
  return `{ cat; echo; } >>${quoteWord(listFile(workerDir))}`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The id of the last recorded session; `null` where none is recorded. */
export async function lastSession(workerDir: string): Promise<string | null> {
  const sessions = await readJsonLines(listFile(workerDir), started);
  return sessions.findLast(({ session_id }) => UUID.test(session_id))?.session_id ?? null;
}

/** The maximum number of sessions of a worker to read. */
const MAX_SESSIONS = 1000;

/** Lists the transcripts of a worker's sessions, oldest first. */
export async function transcriptsOf(workerDir: string): Promise<string[]> {
  const sessions = await readJsonLines(listFile(workerDir), started);
  const paths = sessions.flatMap(({ transcript_path: path }) => path ? [path] : []);
  return [...new Set(paths)].slice(0, MAX_SESSIONS);
}
