import { join, relative } from "@std/path";
import { findAsk } from "../inbox/asks.ts";
import { listDir, removeFile } from "../os/dirs.ts";
import { stat } from "../os/stat.ts";
import { createFile } from "../os/write.ts";
import { rotateLines, stampOf } from "../profile/archive.ts";
import { commitPaths } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import type { Ask } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";

/**
 * Puts away what has grown long with the years, in a commit of its own, so that a move costs the same whatever came
 * before it. What cannot be put away stays where it is. The caller holds the move lock, and no move is cut off.
 */
export async function archiveHistory(profile: Profile): Promise<void> {
  const { dataDir, holdNote, journal, ledger } = profile.paths;
  // It counts the journal's bytes.
  if (stat(holdNote) !== null) return;
  try {
    const moved: string[] = [];
    for (const path of [journal, ledger]) {
      const to = await rotateLines(profile, path);
      if (to !== null) moved.push(path, to);
    }
    moved.push(...await archiveClosedAsks(profile));
    if (moved.length === 0 || !hasRepository(profile)) return;
    const paths = moved.map((path) => relative(dataDir, path));
    await commitPaths(profile, paths, "Put away what is old", null);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}

/** Closed asks that have a file of their own: git looks at each of them before a move, 5,000 take it 30 ms. */
const MOST = 400;
/** How many of them keep it. */
const KEPT = 200;
/** As many as are put away at a time, so that no move takes seconds. */
const BATCH = 1000;
/** An approval that a backup brings back is refused by the file of its closed one, until it has expired in any case. */
const YOUNG_MS = 2 * 86_400_000;

/**
 * Puts the oldest closed asks away, where there are many: one file holds them, a line each. A crash in between leaves
 * some in both.
 *
 * @returns the paths that were written and removed, absolute
 */
export async function archiveClosedAsks(profile: Profile): Promise<string[]> {
  const { paths, clock } = profile;
  const names = listDir(paths.asksClosed).map(({ name }) => name)
    .filter((name) => name.endsWith(".json") && !name.startsWith("."));
  if (names.length <= MOST) return [];
  const asks: Ask[] = [];
  for (const name of names) {
    // What is no ask is a person's to mend, and stays.
    const ask = await findAsk(profile, name.slice(0, -".json".length)).catch(() => null);
    if (ask?.closed_by) asks.push(ask);
  }
  const now = clock.now();
  const old = asks.toSorted((a, b) => (a.asked_at < b.asked_at ? -1 : 1)).slice(0, -KEPT)
    .filter((ask) => Date.parse(ask.asked_at) < now.getTime() - YOUNG_MS).slice(0, BATCH);
  if (old.length === 0) return [];
  const to = join(paths.asksClosed, `${stampOf(now)}.jsonl`);
  await createFile(to, old.map((ask) => `${JSON.stringify(ask)}\n`).join(""));
  const gone = old.map(({ id }) => join(paths.asksClosed, `${id}.json`));
  for (const path of gone) await removeFile(path);
  return [to, ...gone];
}
