import playbook from "../../seeds/PLAYBOOK.md" with { type: "text" };
import playbookDaily from "../../seeds/playbook-daily.md" with { type: "text" };
import today from "../../seeds/sensors/today.sh" with { type: "text" };
import setupByAsk from "../../seeds/setup-by-ask.md" with { type: "text" };
import setup from "../../seeds/setup.md" with { type: "text" };
import { join } from "@std/path";
import { findProgram } from "../host/find_program.ts";
import { createFile } from "../host/replace_file.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

/** A starter file. */
export type Seed = [path: string, text: string, mode: number];

/** What of a profile the starter files depend on. */
export type SeededProfile = Pick<Profile, "paths" | "env">;

/** What a worker's terminal is made of. */
const FOR_WORKERS = ["tmux", "script", "ps"];

/** PLAYBOOK comes last: once it is there, a profile counts as seeded. */
async function seedsFor({ paths, env }: SeededProfile): Promise<Seed[]> {
  return [
    [join(paths.sensors, "today.sh"), today, 0o700],
    [join(paths.goals, "playbook-daily.md"), playbookDaily, 0o600],
    [join(paths.goals, "setup.md"), await canWork(env) ? setup : withoutWorker(), 0o600],
    [paths.playbook, playbook, 0o600],
  ];
}

/**
 * Writes the starter files of a new profile. A file that is already there stays as it is.
 *
 * @returns the paths that were written.
 * @throws {UserError} where a starter file's place is taken by something that is not a readable file.
 */
export async function seedProfile(profile: SeededProfile): Promise<string[]> {
  const missing = await missingSeeds(profile);
  for (const [path, text, mode] of missing) await createFile(path, text, mode);
  return missing.map(([path]) => path);
}

/**
 * Tells which starter files are missing; writes nothing.
 *
 * @throws {UserError} as {@linkcode seedProfile} does.
 */
export async function missingSeeds(profile: SeededProfile): Promise<Seed[]> {
  const missing: Seed[] = [];
  for (const seed of await seedsFor(profile)) {
    const found = whatIsAt(seed[0]);
    if (found === "nothing") missing.push(seed);
    else if (found !== "file") throw inTheWay(seed[0], found);
  }
  return missing;
}

/** Whether the goal `setup` can have a worker ask, where nobody else can. */
async function canWork(env: SeededProfile["env"]): Promise<boolean> {
  const path = env("PATH") ?? "";
  const found = await Promise.all(FOR_WORKERS.map((name) => findProgram(name, path)));
  return found.every((program) => program !== null);
}

/** The same goal with other rules. */
function withoutWorker(): string {
  return setup.replace(/^---\n[^]*?\n---\n/, () => setupByAsk);
}

/** Ids of the starter goals and names of the starter sensors. */
export const seededIds: readonly string[] = ["setup", "playbook-daily", "today"];

/** The aim of the starter goal `setup`, by which it is known for what it is. */
export function seededSetupGoal(): string | undefined {
  return /^goal: (.*)$/m.exec(setup)?.[1];
}

function inTheWay(path: string, found: string): UserError {
  return new UserError(
    `cannot write the starter file ${path}: there is ${found}. Nothing was written; move it away and run looop again.`,
  );
}
