import { join, relative } from "@std/path";
import { act } from "../act/act.ts";
import { findAsk, maskAsks } from "../inbox/asks.ts";
import { listDir, removeFile } from "../os/dirs.ts";
import { type Lock, lock } from "../os/lock.ts";
import { createFile } from "../os/write.ts";
import { commitEdits, commitPaths } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import { rotateLines, stampOf, tidy } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { readIntent, runFile } from "../profile/runs.ts";
import type { Ask } from "../schema/ask.ts";
import { type Intent, type Outcome, outcomeSchema } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { recordMove } from "./log.ts";

/**
 * Takes the lock under which moves are applied, and completes an interrupted move first: its intent has the length of the
 * journal, so nothing may be written before that.
 *
 * @throws the reason of `signal` if it fires before the lock is taken.
 */
export async function lockMoves(profile: Profile, signal?: AbortSignal): Promise<Lock> {
  const held = await lock(profile.paths.moveLock, signal);
  try {
    await recoverMove(profile, { locked: true });
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/**
 * Commits what users and workers changed, separately from moves. If git cannot, it warns, and the commit before the next
 * move includes it. The caller holds the move lock.
 */
export async function commitUserEdits(profile: Profile, message?: string): Promise<void> {
  try {
    if (!hasRepository(profile)) return;
    await commitEdits(profile, {
      message,
      except: async (changed) => ["state.json", "cost.jsonl", ...await maskAsks(profile, changed)],
    });
  } catch (error) {
    profile.warn(messageOf(error));
  }
}

/**
 * Completes an unfinished move: an outcome that was saved is recorded, an idempotent move is repeated, and a command whose
 * result is unknown is recorded as interrupted, never run again.
 *
 * @param locked the caller holds the move lock
 */
export async function recoverMove(
  profile: Profile,
  { locked = false }: { locked?: boolean } = {},
): Promise<void> {
  if (!await readIntent(profile)) return;
  using _ = locked ? null : await lock(profile.paths.moveLock);
  // The previous holder of the lock may have completed it.
  const intent = await readIntent(profile);
  if (!intent) return;
  const line = await recordMove(profile, intent, await outcomeOf(profile, intent));
  await tidy(profile);
  profile.warn(`completed the interrupted move: ${line}`);
}

async function outcomeOf(profile: Profile, intent: Intent): Promise<Outcome> {
  const path = runFile(profile, intent.run_id, "outcome.json");
  const saved = await parseFile(path, outcomeSchema, "Delete it: then the move is interrupted.");
  if (saved) return saved;
  const started = intent.move.action === "run" && intent.verdict.then === "allow";
  if (!started) return await act(profile, intent);
  return {
    status: "interrupted",
    summary: "looop ended during the command, or just before: its result is unknown",
    paths: [],
  };
}

/**
 * Archives old lines of journal, ledger and metrics, and closed asks, in a separate commit, so that the cost of a move does not grow
 * with the history. What cannot be archived stays. The caller holds the move lock, and no move is unfinished.
 */
export async function archiveHistory(profile: Profile): Promise<void> {
  const { dataDir, journal, ledger, metrics } = profile.paths;
  try {
    const moved: string[] = [];
    for (const path of [journal, ledger, metrics]) {
      const to = await rotateLines(profile, path);
      if (to !== null) moved.push(path, to);
    }
    moved.push(...await archiveClosedAsks(profile));
    if (moved.length === 0 || !hasRepository(profile)) return;
    const paths = moved.map((path) => relative(dataDir, path));
    await commitPaths(profile, paths, "Archive old entries", null);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}

/** Max. closed asks with a file each: git checks every one before a move, which takes 30 ms for 5,000. */
const MAX_FILES = 400;
/** How many of them remain. */
const REMAINING = 200;
/** Max. asks to archive at a time, so that no move takes seconds. */
const BATCH = 1000;
/** The file of a closed approval refuses a restored backup of it; after this time that has expired anyway. */
const YOUNG_MS = 2 * 86_400_000;

/**
 * Archives the oldest closed asks if there are many: in one file, a line each. A crash in between leaves some in both
 * places.
 *
 * @returns the paths that were written and removed, absolute
 */
export async function archiveClosedAsks(profile: Profile): Promise<string[]> {
  const { paths, clock } = profile;
  const names = listDir(paths.asksClosed).map(({ name }) => name)
    .filter((name) => name.endsWith(".json") && !name.startsWith("."));
  if (names.length <= MAX_FILES) return [];
  const asks: Ask[] = [];
  for (const name of names) {
    // An invalid file stays for the user to fix.
    const ask = await findAsk(profile, name.slice(0, -".json".length)).catch(() => null);
    if (ask?.closed_by) asks.push(ask);
  }
  const now = clock.now();
  const old = asks.toSorted((a, b) => (a.asked_at < b.asked_at ? -1 : 1)).slice(0, -REMAINING)
    .filter((ask) => Date.parse(ask.asked_at) < now.getTime() - YOUNG_MS).slice(0, BATCH);
  if (old.length === 0) return [];
  const to = join(paths.asksClosed, `${stampOf(now)}.jsonl`);
  await createFile(to, old.map((ask) => `${JSON.stringify(ask)}\n`).join(""));
  const gone = old.map(({ id }) => join(paths.asksClosed, `${id}.json`));
  for (const path of gone) await removeFile(path);
  return [to, ...gone];
}
