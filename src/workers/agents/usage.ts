import { join } from "@std/path";
import * as z from "zod/mini";
import { systemClock } from "../../os/clock.ts";
import { fileSize } from "../../os/read.ts";
import { listUpTo } from "../../os/untrusted_dirs.ts";
import { fileIdentity, readRegularLines, readRegularTail } from "../../os/untrusted_files.ts";
import { describeError, type ErrorReport } from "../../schema/classify.ts";
import { parseAs, type Schema } from "../../schema/schema.ts";
import { cut, quoteWord } from "../../schema/text.ts";
import type { Spend, UsageLimit } from "./agent.ts";

/** What may be read of the records of one worker, which can write anything there: more than those of any real one. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Likewise, in milliseconds. */
const MAX_MS = 5000;
/** The maximum number of files with records of one worker. */
const MAX_FILES = 1000;

/** Reads records up to a number of bytes and a time, over all files. */
export class RecordReader {
  /** Something was not read: a sum over the records is too small. */
  cut = false;
  #bytes: number;
  #until: number;

  constructor({ maxBytes = MAX_BYTES, maxMs = MAX_MS } = {}) {
    this.#bytes = maxBytes;
    this.#until = systemClock.now().getTime() + maxMs;
  }

  /** Returns a path of each file, once: a worker can spell a path in many ways, or link to a file. */
  distinct(paths: Iterable<string>): string[] {
    const found = new Map<string, string>();
    for (const path of paths) {
      const id = fileIdentity(path);
      if (id === null || found.has(id)) continue;
      if (found.size >= MAX_FILES) {
        this.cut = true;
        break;
      }
      found.set(id, path);
    }
    return [...found.values()];
  }

  /** Lists the records in a directory; a missing one has none. */
  async list(dir: string): Promise<string[]> {
    const { names, more } = await listUpTo(dir, MAX_FILES);
    if (more) this.cut = true;
    return names.filter((name) => name.endsWith(".jsonl")).map((name) => join(dir, name));
  }

  /** Reads the lines of a file that match a schema; a missing file has none. */
  async *read<T>(path: string, schema: Schema<T>): AsyncGenerator<T> {
    const size = fileSize(path);
    if (size > this.#bytes) this.cut = true;
    const maxBytes = Math.min(size, this.#bytes);
    this.#bytes -= maxBytes;
    for await (const batch of readRegularLines(path, maxBytes)) {
      for (const line of batch) {
        if (!line.startsWith("{")) continue;
        const record = parseAs(schema, line);
        if (record !== undefined) yield record;
      }
      if (systemClock.now().getTime() > this.#until) {
        this.cut = true;
        return;
      }
    }
  }

  /** The last of these records; `null`: there is none. */
  async last<T>(
    path: string,
    schema: Schema<T>,
    accepts = (_record: T) => true,
  ): Promise<T | null> {
    let last: T | null = null;
    for await (const record of this.read(path, schema)) if (accepts(record)) last = record;
    return last;
  }
}

/** No real amount, of tokens or dollars, is larger. */
const MAX_AMOUNT = 1e12;

/** Adds counts of tokens, or dollars; `null` where one of them is not recorded. Negative ones count as 0. */
export function addKnown(...counts: (number | null | undefined)[]): number | null {
  return counts.reduce<number | null>(
    (sum, count) =>
      sum === null || typeof count !== "number"
        ? null
        : Math.min(sum + Math.max(0, count), MAX_AMOUNT),
    0,
  );
}

/**
 * Sums up what the records in these files cost. An agent writes some records several times while they grow: of each key, the
 * largest amounts count, so that no later record takes any back.
 *
 * @param keyed the key of a record, and its cost; `null` where it has none
 * @returns `null` where neither tokens nor dollars were used. One unknown cost, or a cost of 0, makes the sum unknown: a model without a
 * configured price costs 0.
 */
export async function sumSpend<T>(
  paths: string[],
  schema: Schema<T>,
  keyed: (record: T, path: string) => [key: string, spend: Spend] | null,
  reader = new RecordReader(),
): Promise<Spend | null> {
  const byKey = new Map<string, Spend>();
  for (const path of reader.distinct(paths)) {
    for await (const record of reader.read(path, schema)) {
      const [key, spend] = keyed(record, path) ?? [];
      if (key === undefined || spend === undefined) continue;
      if (byKey.size >= MAX_RECORDS && !byKey.has(key)) {
        reader.cut = true;
        break;
      }
      byKey.set(key, largest(byKey.get(key), spend));
    }
  }
  const used = [...byKey.values()].filter(({ input_tokens, output_tokens, cost_usd }) =>
    (input_tokens ?? 0) + (output_tokens ?? 0) > 0 || (cost_usd ?? 0) > 0
  );
  if (used.length === 0 && !reader.cut) return null;
  // One by one: a worker can write more records than a call has room for arguments.
  const sum = (pick: (part: Spend) => number | null) =>
    used.reduce<number | null>((before, part) => addKnown(before, pick(part)), 0);
  const model = used.findLast(({ model }) => model !== null)?.model ?? null;
  return {
    model: model && cut(model, MAX_MODEL),
    input_tokens: sum((part) => part.input_tokens),
    cached_input_tokens: sum((part) => part.cached_input_tokens),
    output_tokens: sum((part) => part.output_tokens),
    cost_usd: reader.cut ? null : sum((part) => part.cost_usd || null),
    ...(reader.cut ? { cut: true } : {}),
  };
}

/** More answers than any real worker receives, in less memory than looop itself takes. */
const MAX_RECORDS = 200_000;
/** The maximum length of a model's name in characters. */
const MAX_MODEL = 100;

function largest(before: Spend | undefined, now: Spend): Spend {
  if (before === undefined) return now;
  const max = (a: number | null, b: number | null) => a === null ? b : Math.max(a, b ?? 0);
  return {
    model: now.model ?? before.model,
    input_tokens: max(before.input_tokens, now.input_tokens),
    cached_input_tokens: max(before.cached_input_tokens, now.cached_input_tokens),
    output_tokens: max(before.output_tokens, now.output_tokens),
    cost_usd: max(before.cost_usd, now.cost_usd),
  };
}

/** How much of the end of a record is searched for its last entry, in bytes. */
const TAIL_BYTES = 1024 * 1024;

/** An entry of a record: when it was made, ISO 8601, and the error that it reports. */
export interface RecordEntry {
  at: string;
  error: ErrorReport | null;
}

/** Claude Code may write the begin of a session behind its end: milliseconds by which an entry can come too late. */
const LATE_MS = 60_000;

/**
 * Finds the usage limit that the last entry of a record reports. The time of an entry tells which one is the last, its place
 * only where times are more than a minute apart: then the clock was set back.
 *
 * @param describe describes an entry that matches the schema
 */
export async function limitIn<T>(
  path: string | undefined,
  schema: Schema<T>,
  describe: (entry: T) => RecordEntry,
): Promise<UsageLimit | null> {
  if (path === undefined) return null;
  let last: RecordEntry | null = null;
  for (const line of (await readRegularTail(path, TAIL_BYTES)).reverse()) {
    const entry = line.startsWith("{") ? parseAs(schema, line) : undefined;
    if (entry === undefined) continue;
    const next = describe(entry);
    const aheadMs = Date.parse(next.at) - Date.parse(last?.at ?? next.at);
    if (!(Math.abs(aheadMs) <= LATE_MS)) break;
    if (last === null || aheadMs > 0) last = next;
  }
  if (last === null || last.error === null) return null;
  const time = new Date(last.at);
  const { kind, retry_at = null } = describeError(last.error, time);
  return kind === "rate_limit" ? { at: time.toISOString(), until: retry_at } : null;
}

const started = z.object({ session_id: z.string(), transcript_path: z.nullish(z.string()) });

/** The time limit of {@linkcode recordSession}, in seconds. */
export const RECORDING_TIMEOUT_S = 60;

/** The file in which {@linkcode recordSession} records the sessions of a worker. */
export function listFile(workerDir: string): string {
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

/**
 * The id of the last recorded session; `null` where none is recorded.
 *
 * @param list the file with the records
 * @param form that of an id: it becomes an argument
 */
export async function lastSession(list: string, form = UUID): Promise<string | null> {
  const hasId = ({ session_id }: { session_id: string }) => form.test(session_id);
  const last = await new RecordReader().last(list, started, hasId);
  return last?.session_id ?? null;
}

/** Lists the transcripts of a worker's sessions, oldest first. */
export async function transcriptsOf(workerDir: string, reader: RecordReader): Promise<string[]> {
  const paths = new Set<string>();
  for await (const { transcript_path: path } of reader.read(listFile(workerDir), started)) {
    if (path) paths.add(path);
  }
  return [...paths];
}
