import { join } from "@std/path";
import { lockHolder } from "../os/lock.ts";
import { fileSize, readLines, readTextIfPresent } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { runFile, runTime } from "../profile/runs.ts";
import {
  type LedgerLine,
  ledgerLineSchema,
  type Spend,
  type SpendRow,
  type SpendSum,
} from "../schema/ledger.ts";
import { isId, parseAs } from "../schema/schema.ts";
import { dayReader } from "../schema/text.ts";
import { workerSchema } from "../schema/worker.ts";

/** How much of the ledger's end is read first for lines since some time. */
const TAIL_BYTES = 65_536;

/**
 * Appends a line to `cost.jsonl`; durable. A runner call and a session of a worker have two: one before they start, so that
 * none starts that cannot be counted, and one when they end, whatever came of them.
 */
export async function appendLedger({ paths, warn }: Profile, line: LedgerLine): Promise<void> {
  await appendLine(paths.ledger, JSON.stringify(line), { onTorn: warn });
}

/**
 * The file of a run that is locked while a call of it runs: the kernel releases it with the process, so that a call that
 * was cut off never counts as running.
 */
export function callLock(profile: Profile, runId: string): string {
  return runFile(profile, runId, "prompt.md");
}

/**
 * Tells a begun call that still runs from one that was cut off. Its cost counts once it has ended, and what a worker has spent so
 * far is read from its records; the cost of a call that was cut off stays unknown.
 */
export async function isRunning(profile: Profile, { kind, id }: LedgerLine): Promise<boolean> {
  if (kind !== "worker") {
    return runTime(id) !== null && await lockHolder(callLock(profile, id)) !== null;
  }
  const [name, generation] = id.split("@");
  if (!isId(name)) return false;
  const path = join(profile.paths.workers, name, "worker.json");
  const record = await parseFile(path, workerSchema, "").catch(() => null);
  return record?.generation === generation;
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
  let broken = 0;
  for await (const lines of readLedger(profile, { since, onBroken: () => void broken++ })) {
    for (const line of lines) {
      if (line.begun && await isRunning(profile, line)) continue;
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
