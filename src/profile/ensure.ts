import { join } from "@std/path";
import playbook from "../../seeds/PLAYBOOK.md" with { type: "text" };
import playbookDaily from "../../seeds/playbook-daily.md" with { type: "text" };
import daily from "../../seeds/schedules/daily.yaml" with { type: "text" };
import setup from "../../seeds/setup.md" with { type: "text" };
import { localZone } from "../os/clock.ts";
import { ensureDir } from "../os/dirs.ts";
import { tryLock } from "../os/lock.ts";
import { kindAt } from "../os/stat.ts";
import { createFile } from "../os/write.ts";
import { UserError } from "../schema/errors.ts";
import type { World } from "../schema/world.ts";
import { gitInstalled, hasRepository, ignoreOwnFiles } from "./git.ts";
import { saveConfig } from "./config.ts";
import { profileId } from "./markers.ts";
import { dirsOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/**
 * Makes the data directory ready for a tick: its directories, and on the first run its starter files and git repository.
 * Existing files stay as they are. Without git it warns and goes on.
 *
 * @returns `seeded`: the starter files that were written; empty except on a first run.
 * @throws {UserError} if something is in the way.
 */
export async function ensureProfile(profile: Profile): Promise<{ seeded: string[] }> {
  const { paths } = profile;
  const found = kindAt(paths.dataDir);
  if (found !== "nothing" && found !== "a directory") {
    const what = found === "file" ? "a file" : found;
    throw new UserError(
      `cannot use the data directory ${paths.dataDir}: it is ${what}; move it, or set LOOOP_DATA_DIR`,
    );
  }
  const isNew = !isSeeded(profile);
  // Before anything is created: something may be in the way of a starter file.
  if (isNew) missingSeeds(profile);
  for (const dir of dirsOf(paths)) ensureDir(dir);
  const seeded = isNew ? await seed(profile) : [];
  await profileId(profile);
  if (hasRepository(profile)) await ignoreOwnFiles(paths.gitignore);
  else await createRepository(profile);
  await saveConfig(profile);
  return { seeded };
}

/**
 * Makes the directories again that were removed since, as `git clean -fdx` does. A data directory that is gone stays so: its
 * disk may come back.
 */
export function restoreDirs(profile: Profile): void {
  try {
    if (!isSeeded(profile)) return;
    for (const dir of dirsOf(profile.paths)) if (kindAt(dir) === "nothing") ensureDir(dir);
  } catch {
    // The tick, which needs them, says what is in the way.
  }
}

/** Reports whether a profile has its starter files. One that has decided is not seeded again, even without PLAYBOOK. */
export function isSeeded({ paths }: Profile): boolean {
  return kindAt(paths.playbook) === "file" || kindAt(paths.state) !== "nothing";
}

async function createRepository(profile: Profile): Promise<void> {
  if (!gitInstalled(profile)) {
    return profile.warn(
      "git is not installed: moves are applied and journaled, but there is no history to go back to",
    );
  }
  // First, or after a crash in between the first move would commit the profile's secret.
  await ignoreOwnFiles(profile.paths.gitignore);
  const { commitEdits, initRepository } = await import("./commits.ts");
  await initRepository(profile);
  await commitEdits(profile, { message: "First commit" });
}

async function seed(profile: Profile): Promise<string[]> {
  using lock = await tryLock(profile.paths.moveLock);
  if (!lock) {
    throw new UserError(
      `cannot set up ${profile.paths.dataDir}: another looop is doing it; try again`,
    );
  }
  const missing = missingSeeds(profile);
  for (const { path, text, mode } of missing) await createFile(path, text, mode);
  return missing.map(({ path }) => path);
}

/**
 * Lists the starter files that are missing; writes nothing.
 *
 * @throws {UserError} if the place of one is taken by something other than a file.
 */
export function missingSeeds({ paths }: Profile): { path: string; text: string; mode: number }[] {
  const seeds = [
    { path: join(paths.schedules, "daily.yaml"), text: dailySchedule(), mode: 0o600 },
    { path: join(paths.goals, "playbook-daily.md"), text: playbookDaily, mode: 0o600 },
    { path: join(paths.goals, "setup.md"), text: setup, mode: 0o600 },
    // Last: a profile with a PLAYBOOK counts as seeded.
    { path: paths.playbook, text: playbook, mode: 0o600 },
  ];
  return seeds.filter(({ path }) => {
    const found = kindAt(path);
    if (found === "nothing" || found === "file") return found === "nothing";
    throw new UserError(
      `cannot write the starter file ${path}: there is ${found}. Nothing was written; move it away and run looop again.`,
    );
  });
}

/** Ids of the starter goals, and the name of the starter sensor of earlier versions. */
export const seededIds: readonly string[] = ["setup", "playbook-daily", "today"];

/** The starter schedule `daily`, in this machine's time zone. */
export function dailySchedule(): string {
  return daily.replace("tz: UTC", `tz: ${localZone()}`);
}

/** The aim of the starter goal `setup`, by which it is recognized. */
export function seededSetupGoal(): string | undefined {
  return /^goal: (.*)$/m.exec(setup)?.[1];
}

/**
 * Returns what the interview of the starter goal `setup` has not led to yet, in one line; `null` if it is complete, or the
 * goal is another one.
 *
 * @param id of a goal
 */
export function unfinishedSetup(id: string, world: World): string | null {
  const goal = world.goals.find((goal) => goal.id === id);
  if (id !== "setup" || goal?.goal !== seededSetupGoal()) return null;
  const missing = [
    ...world.playbook.text === playbook ? ["a PLAYBOOK"] : [],
    ...world.goals.every(({ id }) => seededIds.includes(id)) ? ["a goal"] : [],
    ...world.readings.every(({ name }) => seededIds.includes(name)) ? ["a sensor"] : [],
  ];
  if (missing.length === 0) return null;
  return `the setup has not led to ${missing.join(" and ")} yet; approve to end it without`;
}
