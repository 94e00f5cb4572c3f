import { lockHolder } from "../os/lock.ts";
import { fileSize, readLines, readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/archive.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { type LedgerLine, ledgerLineSchema } from "../schema/ledger.ts";
import { parseAs } from "../schema/schema.ts";

/** How much of the ledger's end is read first for lines since some time. */
const TAIL_BYTES = 65_536;

/**
 * Appends a line to `cost.jsonl`; durable. A runner call has two: one before it starts, so that no call is made that
 * cannot be counted, and one when it ends, even if its answer is refused.
 */
export async function appendLedger({ paths, warn }: Profile, line: LedgerLine): Promise<void> {
  await appendLine(paths.ledger, JSON.stringify(line), { onTorn: warn });
}

/**
 * Returns what tells a call that still runs from one that was cut off: the pulse, a tick or `looop run` that holds the
 * pulse's lock began it. Its cost counts once it has ended; that of a call that was cut off stays unknown.
 */
export async function runningCalls({ paths }: Profile): Promise<(line: LedgerLine) => boolean> {
  // Who takes the lock writes it, so that its time is that of their start.
  const since = await lockHolder(paths.pulseLock) === null ? null : stat(paths.pulseLock)?.mtime;
  return ({ begun, ts }) => begun === true && since != null && Date.parse(ts) >= since.getTime();
}

/** Options of {@linkcode readLedger}. */
export interface ReadLedgerInput {
  /** Only lines from this time on; only the end of the file is read then. Default: all. */
  since?: Date | null;
  /**
   * Receives invalid lines: torn by a crash, or edited by hand. With `since`, not those that are certainly older: they
   * begin with an older time, or an older line follows.
   */
  onBroken?(line: string): void;
}

/**
 * Reads the ledger in parts, in little memory. The line of a call's begin is left out if that of its end is there, and
 * comes last otherwise.
 */
export async function* readLedger(
  { paths }: Profile,
  { since = null, onBroken }: ReadLedgerInput = {},
): AsyncGenerator<LedgerLine[]> {
  // Files come newest first, so that the end of a rotated call may be read before its begin.
  const begun = new Map<string, LedgerLine>();
  const ended = new Set<string>();
  const isOld = (ts: string) => since !== null && Date.parse(ts) < since.getTime();
  for await (const texts of since ? tailSince(paths, since) : allLines(paths)) {
    const lines: LedgerLine[] = [];
    let broken: string[] = [];
    for (const text of texts) {
      const line = parseAs(ledgerLineSchema, text);
      if (line) {
        if (isOld(line.ts)) broken = [];
        else if (line.call === undefined) lines.push(line);
        else if (line.begun) {
          if (!ended.delete(line.call)) begun.set(line.call, line);
        } else {
          if (!begun.delete(line.call)) ended.add(line.call);
          lines.push(line);
        }
      } else if (text.trim() !== "") broken.push(text);
    }
    for (const text of broken) {
      // A line that was torn at its end still begins with its time.
      const [, ts = ""] = /^\{"ts":"([^"]+)"/.exec(text) ?? [];
      if (!isOld(ts)) onBroken?.(text);
    }
    yield lines;
  }
  if (begun.size > 0) yield [...begun.values()];
}

/**
 * The files of the ledger, newest first. The archive is listed after the current one is read: lines that are rotated
 * meanwhile are read twice rather than not at all.
 */
function* filesOf(paths: Paths): Generator<string> {
  yield paths.ledger;
  yield* archivedLines(paths, paths.ledger);
}

async function* allLines(paths: Paths): AsyncGenerator<string[]> {
  for (const path of filesOf(paths)) yield* readLines(path);
}

/** Lines are in order of time, so those since some time are at the end. */
async function* tailSince(paths: Paths, since: Date): AsyncGenerator<string[]> {
  for (const path of filesOf(paths)) {
    const { lines, reached } = await tailOf(path, since);
    yield lines;
    if (reached) return;
  }
}

/** The end of a file with all its lines since some time; `reached`: with older ones too. */
async function tailOf(path: string, since: Date): Promise<{ lines: string[]; reached: boolean }> {
  const size = fileSize(path);
  for (let bytes = TAIL_BYTES;; bytes *= 4) {
    const start = Math.max(size - bytes, 0);
    const lines = (await readTextIfPresent(path, { start }) ?? "").split("\n");
    if (start > 0) lines.shift(); // probably cut
    const first = lines.map((line) => parseAs(ledgerLineSchema, line)).find(Boolean);
    const reached = first !== undefined && Date.parse(first.ts) < since.getTime();
    if (start === 0 || reached) return { lines, reached };
  }
}
