import { fileSize, readLines, readTextIfPresent } from "../os/read.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/archive.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { type LedgerLine, ledgerLineSchema } from "../schema/ledger.ts";
import type { Schema } from "../schema/schema.ts";

/** How much of the ledger's end is looked at first for the lines since some time. */
const TAIL_BYTES = 65_536;

/** Appends a line to `cost.jsonl`; durable. Written when a call ends, whatever becomes of its answer. */
export async function appendLedger({ paths, warn }: Profile, line: LedgerLine): Promise<void> {
  await appendLine(paths.ledger, JSON.stringify(line), { onTorn: warn });
}

/** What {@linkcode readLedger} takes. */
export interface ReadLedgerInput {
  /** Only lines from this time on: then no more than the file's end is read. Default: all. */
  since?: Date | null;
  /**
   * Told of what is no ledger line: torn by a crash, or edited by hand. With `since`, not of what is surely older:
   * it says so itself, or an older line stands behind it.
   */
  onBroken?(line: string): void;
}

/** Reads the ledger line by line, in little memory. */
export async function* readLedger(
  { paths }: Profile,
  { since = null, onBroken }: ReadLedgerInput = {},
): AsyncGenerator<LedgerLine[]> {
  let schema: Schema<LedgerLine> | null = null;
  const isOld = (ts: string) => since !== null && Date.parse(ts) < since.getTime();
  const counts = (ts: string) => since === null || Date.parse(ts) >= since.getTime();
  for await (const texts of since ? tailSince(paths, since) : allLines(paths)) {
    const lines: LedgerLine[] = [];
    let broken: string[] = [];
    for (const text of texts) {
      const data = parseJson(text);
      if (isWhole(data)) {
        if (isOld(data.ts)) broken = [];
        if (counts(data.ts)) lines.push(data);
      } else if (text.trim() !== "") {
        schema ??= ledgerLineSchema;
        const parsed = schema.safeParse(data);
        if (!parsed.success) broken.push(text);
        else if (counts(parsed.data.ts)) lines.push(parsed.data);
      }
    }
    for (const text of broken) {
      // What was torn at its end still begins with its time.
      const [, ts = ""] = /^\{"ts":"([^"]+)"/.exec(text) ?? [];
      if (!isOld(ts)) onBroken?.(text);
    }
    yield lines;
  }
}

/**
 * The files of the ledger, newest first. The archive is listed once the current one was read: lines that are put away
 * meanwhile are read twice rather than not at all.
 */
function* filesOf(paths: Paths): Generator<string> {
  yield paths.ledger;
  yield* archivedLines(paths, paths.ledger);
}

async function* allLines(paths: Paths): AsyncGenerator<string[]> {
  for (const path of filesOf(paths)) yield* readLines(path);
}

/** Lines are appended as time goes by, so those since some time are at the end. */
async function* tailSince(paths: Paths, since: Date): AsyncGenerator<string[]> {
  for (const path of filesOf(paths)) {
    const { lines, reached } = await tailOf(path, since);
    yield lines;
    if (reached) return;
  }
}

/** The end of a file that has all its lines since some time; `reached`: older ones, too, stand in it. */
async function tailOf(path: string, since: Date): Promise<{ lines: string[]; reached: boolean }> {
  const size = fileSize(path);
  for (let bytes = TAIL_BYTES;; bytes *= 4) {
    const start = Math.max(size - bytes, 0);
    const lines = (await readTextIfPresent(path, { start }) ?? "").split("\n");
    if (start > 0) lines.shift(); // most likely cut
    const first = lines.map(parseJson).find(isWhole);
    const reached = first !== undefined && Date.parse(first.ts) < since.getTime();
    if (start === 0 || reached) return { lines, reached };
  }
}

/** Says yes to the lines that looop writes today, without the schema library: there may be 500,000. */
function isWhole(data: unknown): data is LedgerLine {
  if (typeof data !== "object" || data === null) return false;
  const line = data as Partial<LedgerLine>;
  return typeof line.ts === "string" && !Number.isNaN(Date.parse(line.ts)) &&
    typeof line.id === "string" &&
    (line.kind === "tick" || line.kind === "run" || line.kind === "worker") &&
    typeof line.runner === "string" &&
    isTextOrNull(line.goal) && isTextOrNull(line.model) && isAmountOrNull(line.cost_usd) &&
    isAmountOrNull(line.input_tokens) && isAmountOrNull(line.cached_input_tokens) &&
    isAmountOrNull(line.output_tokens) && isAmountOrNull(line.duration_ms);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

/** Nothing costs less than 0, and what JSON reads as infinite would use up every budget. */
function isAmountOrNull(value: unknown): boolean {
  return value === null || typeof value === "number" && value >= 0 && value < Infinity;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON, so no ledger line: the caller counts it
  }
}
