import type { OwedCommit } from "../model/owed_commit.ts";
import { messageOf } from "../model/user_error.ts";
import { commitPaths, isCommitted } from "./git_memory.ts";
import { hasMemory } from "./has_memory.ts";
import { readOwedCommits, writeOwedCommits } from "./owed_commits_file.ts";
import type { Profile } from "./profile.ts";

/**
 * Commits what a run wrote. What git cannot take now (a lock of another git, a full disk) is owed, and paid by
 * the next tick: each run has its commit in the end. Safe to do twice. The caller holds the move lock.
 */
export async function commitRun(profile: Profile, commit: OwedCommit): Promise<void> {
  if (!hasMemory(profile)) return;
  if ((await readOwedCommits(profile)).length > 0) {
    await oweCommit(profile, commit);
    return await payCommits(profile);
  }
  try {
    await commitPaths(profile, commit.paths, commit.message, commit.run_id);
  } catch (error) {
    await oweCommit(profile, commit);
    profile.warn(messageOf(error));
  }
}

/** Notes a commit before what belongs into it is written: so a crash cannot keep it from being made. */
export async function oweCommit(profile: Profile, commit: OwedCommit): Promise<void> {
  if (!hasMemory(profile)) return;
  const owed = await readOwedCommits(profile);
  const others = owed.filter(({ run_id }) => run_id !== commit.run_id);
  await writeOwedCommits(profile, [...others, commit]);
}

/**
 * Makes the commits that are owed, oldest first, until git refuses one. The caller holds the move lock.
 *
 * One may be empty: what it was for is then in an older one.
 */
export async function payCommits(profile: Profile): Promise<void> {
  const owed = await readOwedCommits(profile);
  if (owed.length === 0 || !hasMemory(profile)) return;
  for (const [paid, { paths, message, run_id }] of owed.entries()) {
    try {
      if (await isCommitted(profile, run_id)) continue;
      await commitPaths(profile, paths, message, run_id, { evenEmpty: true });
    } catch (error) {
      profile.warn(messageOf(error));
      if (paid > 0) await writeOwedCommits(profile, owed.slice(paid));
      return;
    }
  }
  await writeOwedCommits(profile, []);
}
