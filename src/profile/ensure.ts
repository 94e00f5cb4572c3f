import { join } from "@std/path";
import playbook from "../../seeds/PLAYBOOK.md" with { type: "text" };
import gitignore from "../../seeds/gitignore.txt" with { type: "text" };
import playbookDaily from "../../seeds/playbook-daily.md" with { type: "text" };
import today from "../../seeds/sensors/today.sh" with { type: "text" };
import setup from "../../seeds/setup.md" with { type: "text" };
import { ensureDir } from "../os/dirs.ts";
import { tryLock } from "../os/lock.ts";
import { kindAt } from "../os/stat.ts";
import { createFile } from "../os/write.ts";
import { UserError } from "../schema/errors.ts";
import { commitEdits, initRepository } from "./commits.ts";
import { gitInstalled, hasRepository } from "./git.ts";
import { profileId } from "./markers.ts";
import { dirsOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/** What {@linkcode ensureProfile} had to do. */
export interface Ensured {
  /** The starter files that were written; empty but for a first run. */
  seeded: string[];
}

/**
 * Makes the data directory ready for a tick: its directories, on the first run its starter files and its git
 * repository. What is there stays as it is. Without git it says so and goes on.
 *
 * @throws {UserError} where something is in the way.
 */
export async function ensureProfile(profile: Profile): Promise<Ensured> {
  const { paths } = profile;
  const found = kindAt(paths.dataDir);
  if (found !== "nothing" && found !== "a directory") {
    const what = found === "file" ? "a file" : found;
    throw new UserError(
      `the data directory ${paths.dataDir} is ${what}: move it, or set LOOOP_DATA_DIR`,
    );
  }
  const isNew = !isSeeded(profile);
  // What is in the way of a starter file is found before anything is made.
  if (isNew) {
    missingSeeds(profile);
  }
  for (const dir of dirsOf(paths)) ensureDir(dir);
  const seeded = isNew ? await seed(profile) : [];
  await profileId(profile);
  if (!hasRepository(profile)) await remember(profile);
  return { seeded };
}

async function seed(profile: Profile): Promise<string[]> {
  using lock = await tryLock(profile.paths.moveLock);
  if (!lock) {
    throw new UserError(`another looop is just setting up ${profile.paths.dataDir}: try again`);
  }
  const missing = missingSeeds(profile);
  for (const [path, text, mode] of missing) await createFile(path, text, mode);
  return missing.map(([path]) => path);
}

/** One that has decided before is never seeded again, even if its PLAYBOOK was removed. */
export function isSeeded({ paths }: Profile): boolean {
  return kindAt(paths.playbook) === "file" || kindAt(paths.state) !== "nothing";
}

async function remember(profile: Profile): Promise<void> {
  if (!gitInstalled(profile)) {
    return profile.warn(
      "git is not installed: moves are made and journaled, but there is no history to go back to",
    );
  }
  // First, or a crash in between would have the first move commit the profile's secret.
  if (kindAt(profile.paths.gitignore) === "nothing") {
    await createFile(profile.paths.gitignore, gitignore);
  }
  await initRepository(profile);
  await commitEdits(profile, [], "First memory");
}

/** A starter file. */
export type Seed = [path: string, text: string, mode: number];

/** PLAYBOOK comes last: a profile that has one counts as seeded. */
function seedsFor(paths: Profile["paths"]): Seed[] {
  return [
    [join(paths.sensors, "today.sh"), today, 0o700],
    [join(paths.goals, "playbook-daily.md"), playbookDaily, 0o600],
    [join(paths.goals, "setup.md"), setup, 0o600],
    [paths.playbook, playbook, 0o600],
  ];
}

/**
 * Returns the starter files that a new profile does not have yet. Read-only.
 *
 * @throws {UserError} where something other than a file is in the place of a starter file.
 */
export function missingSeeds({ paths }: Pick<Profile, "paths">): Seed[] {
  const missing: Seed[] = [];
  for (const seed of seedsFor(paths)) {
    const found = kindAt(seed[0]);
    if (found === "nothing") missing.push(seed);
    else if (found !== "file") throw obstructing(seed[0], found);
  }
  return missing;
}

/** Ids of the starter goals and names of the starter sensors. */
export const seededIds: readonly string[] = ["setup", "playbook-daily", "today"];

/** The aim of the starter goal `setup`, by which it is known for what it is. */
export function seededSetupGoal(): string | undefined {
  return /^goal: (.*)$/m.exec(setup)?.[1];
}

function obstructing(path: string, found: string): UserError {
  return new UserError(
    `cannot write the starter file ${path}: there is ${found}. Nothing was written; move it away and run looop again.`,
  );
}
