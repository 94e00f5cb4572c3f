import gitignore from "../../seeds/gitignore.txt" with { type: "text" };
import { ensureFolder } from "../host/ensure_folder.ts";
import { tryLock } from "../host/lock.ts";
import { createFile } from "../host/replace_file.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { UserError } from "../model/user_error.ts";
import { gitInstalled, hasMemory } from "./has_memory.ts";
import { foldersOf } from "./paths.ts";
import type { Profile } from "./profile.ts";
import { profileId } from "./profile_id.ts";

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
  const found = whatIsAt(paths.dataDir);
  if (found !== "nothing" && found !== "a folder") {
    const what = found === "file" ? "a file" : found;
    throw new UserError(
      `the data directory ${paths.dataDir} is ${what}: move it, or set LOOOP_DATA_DIR`,
    );
  }
  const isNew = !isSeeded(profile);
  // What is in the way of a starter file is found before anything is made.
  if (isNew) {
    const { missingSeeds } = await import("./seed_profile.ts");
    await missingSeeds(profile);
  }
  for (const folder of foldersOf(paths)) ensureFolder(folder);
  const seeded = isNew ? await seed(profile) : [];
  await profileId(profile);
  if (!hasMemory(profile)) await remember(profile);
  return { seeded };
}

async function seed(profile: Profile): Promise<string[]> {
  using lock = await tryLock(profile.paths.moveLock);
  if (!lock) {
    throw new UserError(`another looop is just setting up ${profile.paths.dataDir}: try again`);
  }
  const { seedProfile } = await import("./seed_profile.ts");
  return await seedProfile(profile);
}

/** One that has decided before is never seeded again, even if its PLAYBOOK was removed. */
export function isSeeded({ paths }: Profile): boolean {
  return whatIsAt(paths.playbook) === "file" || whatIsAt(paths.state) !== "nothing";
}

async function remember(profile: Profile): Promise<void> {
  if (!gitInstalled(profile)) {
    return profile.warn(
      "git is not installed: moves are made and journaled, but there is no history to go back to",
    );
  }
  // First, or a crash in between would have the first move commit the profile's secret.
  if (whatIsAt(profile.paths.gitignore) === "nothing") {
    await createFile(profile.paths.gitignore, gitignore);
  }
  const { commitEdits, initMemory } = await import("./git_memory.ts");
  await initMemory(profile);
  await commitEdits(profile, [], "First memory");
}
