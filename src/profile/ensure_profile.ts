import { ensureFolder } from "../host/ensure_folder.ts";
import { tryLock } from "../host/lock.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { UserError } from "../model/user_error.ts";
import { commitEdits, gitInstalled, hasMemory, initMemory } from "./git_memory.ts";
import type { Profile } from "./profile.ts";
import { seedProfile } from "./seed_profile.ts";

/** What {@linkcode ensureProfile} had to do. */
export interface Ensured {
  /** The starter files that were written; empty but for a first run. */
  seeded: string[];
}

/**
 * Makes the data directory ready for a tick: its folders, on the first run its starter files and its git
 * repository. What is there stays as it is. Without git it says so and goes on.
 *
 * @throws {UserError} where something is in the way.
 */
export async function ensureProfile(profile: Profile): Promise<Ensured> {
  const { paths } = profile;
  const found = await whatIsAt(paths.dataDir);
  if (found !== "nothing" && found !== "a folder") {
    throw new UserError(
      `the data directory ${paths.dataDir} is ${found}: move it, or set LOOOP_DATA_DIR`,
    );
  }
  for (
    const folder of [
      paths.dataDir,
      paths.own,
      paths.goals,
      paths.goalsArchive,
      paths.sensors,
      paths.asks,
      paths.asksClosed,
      paths.claims,
      paths.reports,
      paths.snapshots,
      paths.runs,
    ]
  ) await ensureFolder(folder);
  if (await isSeeded(profile)) return { seeded: [] };
  using lock = await tryLock(paths.moveLock);
  if (!lock) throw new UserError(`another looop is just setting up ${paths.dataDir}: try again`);
  const seeded = await seedProfile(paths);
  await remember(profile);
  return { seeded };
}

/** One that has decided before is never seeded again, even if its PLAYBOOK was removed. */
async function isSeeded({ paths }: Profile): Promise<boolean> {
  return await whatIsAt(paths.playbook) === "file" || await whatIsAt(paths.state) !== "nothing";
}

async function remember(profile: Profile): Promise<void> {
  if (!await gitInstalled(profile)) {
    return profile.warn(
      "git is not installed: moves are made and journaled, but there is no history to go back to",
    );
  }
  if (!await hasMemory(profile)) await initMemory(profile);
  await commitEdits(profile, [], "First run: starter files");
}
