import { join } from "@std/path";
import { lockHolder } from "../os/lock.ts";
import { fileSize, readLines, readTextIfPresent } from "../os/read.ts";
import { kindAt, stat } from "../os/stat.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/journal.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import {
  type LedgerLine,
  ledgerLineSchema,
  type Spend,
  type SpendRow,
  type SpendSum,
} from "../schema/ledger.ts";
import { isId, parseAs } from "../schema/schema.ts";
import { dayReader } from "../schema/text.ts";

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

/**
 * Sums up the ledger: in total, and by day, kind, runner, model and goal.
 *
 * @param since only calls that ended at or after this; default: all
 */
export async function sumSpend(
  profile: Profile,
  { since = null }: { since?: Date | null } = {},
): Promise<Spend> {
  const dayOf = dayReader();
  const total = emptySum();
  const [days, kinds, runners, models, goals] = Array.from({ length: 5 }, (): Sums => new Map());
  const isRunning = await runningCalls(profile);
  let broken = 0;
  for await (const lines of readLedger(profile, { since, onBroken: () => void broken++ })) {
    for (const line of lines) {
      if (isRunning(line)) continue;
      add(total, line);
      add(days.getOrInsertComputed(dayOf(line.ts), emptySum), line);
      add(kinds.getOrInsertComputed(line.kind, emptySum), line);
      add(runners.getOrInsertComputed(line.runner, emptySum), line);
      add(models.getOrInsertComputed(line.model, emptySum), line);
      add(goals.getOrInsertComputed(line.goal, emptySum), line);
    }
  }
  return {
    since: since?.toISOString() ?? null,
    total,
    by_day: rowsOf(days).sort((a, b) => (a.key ?? "") < (b.key ?? "") ? -1 : 1),
    by_kind: mostExpensiveFirst(kinds),
    by_runner: mostExpensiveFirst(runners),
    by_model: mostExpensiveFirst(models),
    by_goal: mostExpensiveFirst(goals).map((row) =>
      isFinished(profile, row) ? { ...row, finished: true } : row
    ),
    broken_lines: broken,
  };
}

/** Reports whether a goal is archived, and no open one has its id. */
function isFinished({ paths }: Profile, { key }: SpendRow): boolean {
  if (key === null || !isId(key)) return false;
  const isIn = (dir: string) => kindAt(join(dir, `${key}.md`)) !== "nothing";
  return isIn(paths.goalsArchive) && !isIn(paths.goals);
}

type Sums = Map<string | null, SpendSum>;

const emptySum = (): SpendSum => ({
  calls: 0,
  cost_usd: 0,
  unknown_costs: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
});

function add(sum: SpendSum, line: LedgerLine): void {
  sum.calls++;
  if (line.cost_usd === null) sum.unknown_costs++;
  else sum.cost_usd += line.cost_usd;
  sum.input_tokens += line.input_tokens ?? 0;
  sum.cached_input_tokens += line.cached_input_tokens ?? 0;
  sum.output_tokens += line.output_tokens ?? 0;
}

function rowsOf(sums: Sums): SpendRow[] {
  return [...sums].map(([key, sum]) => ({ key, ...sum }));
}

function mostExpensiveFirst(sums: Sums): SpendRow[] {
  return rowsOf(sums).sort((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls);
}
