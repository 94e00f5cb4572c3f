import { join } from "@std/path";
import { listAsks } from "../inbox/asks.ts";
import { listDir } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import { messageOf } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Parked } from "../schema/state.ts";

/** What a user changes to steer the loop: path relative to the data directory (or `config`, `answer <id>`) → digest. */
export type UserInputs = Record<string, string>;

/**
 * Reads all that a user may have changed: PLAYBOOK, goals, schedules, config, answers, a pause, its end and a parking. Never throws:
 * an unreadable file is a value too, so that fixing it is a change.
 */
export async function readUserInputs(profile: Profile): Promise<UserInputs> {
  const { paths, configPath } = profile;
  const inputs: UserInputs = {};
  const add = async (
    name: string,
    read: () => Promise<string | null | undefined> | string | null,
  ) => {
    const found = await Promise.try(read).catch((error) => `unreadable: ${messageOf(error)}`);
    if (found !== null && found !== undefined) inputs[name] = found;
  };
  const addFile = (name: string, path: string) =>
    add(name, async () => {
      const text = await readTextIfPresent(path);
      return text === null ? null : await sha256Hex(text);
    });
  await addFile("config", configPath);
  await addFile("PLAYBOOK.md", paths.playbook);
  const addFiles = (dir: "goals" | "schedules", extension: string) =>
    add(dir, async () => {
      for (const { name, isDirectory } of listDir(paths[dir])) {
        if (!isDirectory && name.endsWith(extension)) {
          await addFile(`${dir}/${name}`, join(paths[dir], name));
        }
      }
      return null;
    });
  await addFiles("goals", ".md");
  await addFiles("schedules", ".yaml");
  await add("answers", async () => {
    for (const { id, answer, worker } of (await listAsks(profile)).asks) {
      if (answer && worker === undefined) inputs[`answer ${id}`] = answer.at;
    }
    return null;
  });
  await add("paused", () => isPaused(profile) ? "yes" : null);
  await add("resumed", () => readTextIfPresent(paths.resumed));
  await add("parked", async () => (await readState(profile)).parked?.why);
  return inputs;
}

/** The files and directories that {@linkcode readUserInputs} reads, absolute. */
export function userInputPaths({ paths, configPath }: Profile): string[] {
  const { playbook, goals, schedules, asks, paused, resumed, state } = paths;
  return [configPath, playbook, goals, schedules, asks, paused, resumed, state];
}

/**
 * Returns what the user changed between two reads.
 *
 * @param own paths that the loop itself wrote meanwhile
 */
export function userChanges(
  before: UserInputs,
  after: UserInputs,
  own: string[] = [],
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => {
    // The loop closes an ask once it has seen the answer.
    if (name.startsWith("answer ") && !(name in after)) return false;
    return before[name] !== after[name] && !own.includes(name);
  });
}

/** Reports whether an editor writes it, perhaps in parts; all else is written by looop, in one step. */
export function isWrittenByEditor(name: string): boolean {
  return name === "config" || name === "PLAYBOOK.md" || /^(goals|schedules)\//.test(name);
}

/**
 * Ends a parking for the user: the next tick decides again, as if nothing had failed.
 *
 * @returns the parking; `null` if there was none.
 */
export async function unpark(profile: Profile): Promise<Parked | null> {
  if ((await readState(profile)).parked === null) return null;
  using _ = await lock(profile.paths.moveLock);
  const state = await readState(profile);
  await writeState(profile, { ...state, parked: null, failure: null, set_aside: [] });
  return state.parked;
}
