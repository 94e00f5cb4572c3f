import { relative } from "@std/path";
import { fileAge } from "./host/file_age.ts";
import { putAwayAsks } from "./humans/put_away_asks.ts";
import { messageOf } from "./model/user_error.ts";
import { commitPaths } from "./profile/git_memory.ts";
import { hasMemory } from "./profile/has_memory.ts";
import type { Profile } from "./profile/profile.ts";
import { putAwayLines } from "./profile/put_away_lines.ts";

/**
 * Puts away what has grown long with the years, in a commit of its own, so that a move costs the same whatever came
 * before it. What cannot be put away stays where it is. The caller holds the move lock, and no move is cut off.
 */
export async function putAway(profile: Profile): Promise<void> {
  const { dataDir, holdNote, journal, ledger } = profile.paths;
  // It counts the journal's bytes.
  if (fileAge(holdNote, 0) !== null) return;
  try {
    const moved: string[] = [];
    for (const path of [journal, ledger]) {
      const to = await putAwayLines(profile, path);
      if (to !== null) moved.push(path, to);
    }
    moved.push(...await putAwayAsks(profile));
    if (moved.length === 0 || !hasMemory(profile)) return;
    const paths = moved.map((path) => relative(dataDir, path));
    await commitPaths(profile, paths, "Put away what is old", null);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}
