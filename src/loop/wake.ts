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

/** What a person changes to steer the loop: path relative to the data dir (`config`, `answer <id>`) → digest. */
export type UserInputs = Record<string, string>;

/**
 * Reads all that a person may have changed: PLAYBOOK, goals, config, answers, a pause, its end and a parking. Never throws:
 * what cannot be read counts as one more thing to see, so that mending it is seen, too.
 */
export async function readUserInputs(profile: Profile): Promise<UserInputs> {
  const { paths, configPath } = profile;
  const inputs: UserInputs = {};
  const look = async (
    name: string,
    read: () => Promise<string | null | undefined> | string | null,
  ) => {
    const found = await Promise.try(read).catch((error) => `unreadable: ${messageOf(error)}`);
    if (found !== null && found !== undefined) inputs[name] = found;
  };
  const lookAt = (name: string, path: string) =>
    look(name, async () => {
      const text = await readTextIfPresent(path);
      return text === null ? null : await sha256Hex(text);
    });
  await lookAt("config", configPath);
  await lookAt("PLAYBOOK.md", paths.playbook);
  await look("goals", async () => {
    for (const { name, isDirectory } of listDir(paths.goals)) {
      if (isDirectory || !name.endsWith(".md")) continue;
      await lookAt(`goals/${name}`, join(paths.goals, name));
    }
    return null;
  });
  await look("answers", async () => {
    for (const { id, answer, worker } of (await listAsks(profile)).asks) {
      if (answer && worker === undefined) inputs[`answer ${id}`] = answer.at;
    }
    return null;
  });
  await look("paused", () => isPaused(profile) ? "yes" : null);
  await look("resumed", () => readTextIfPresent(paths.resumed));
  await look("parked", async () => (await readState(profile)).parked?.why);
  return inputs;
}

/** The files and directories that {@linkcode readUserInputs} reads, absolute. */
export function userInputPaths({ paths, configPath }: Profile): string[] {
  const { playbook, goals, asks, paused, resumed, state } = paths;
  return [configPath, playbook, goals, asks, paused, resumed, state];
}

/**
 * Names what a person changed between two looks.
 *
 * @param own paths that the loop itself wrote in between
 */
export function userChanges(
  before: UserInputs,
  after: UserInputs,
  own: string[] = [],
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => {
    // The loop closes an answer once it has seen it.
    if (name.startsWith("answer ") && !(name in after)) return false;
    return before[name] !== after[name] && !own.includes(name);
  });
}

/** Tells whether an editor writes it, which may do so in parts; all else looop itself writes, in one step. */
export function isWrittenByEditor(name: string): boolean {
  return name === "config" || name === "PLAYBOOK.md" || name.startsWith("goals/");
}

/**
 * Ends a parking at a person's word: the next tick decides again, as if nothing had failed.
 *
 * @returns what was parked; `null` when nothing was.
 */
export async function unpark(profile: Profile): Promise<Parked | null> {
  if ((await readState(profile)).parked === null) return null;
  using _ = await lock(profile.paths.moveLock);
  const state = await readState(profile);
  await writeState(profile, { ...state, parked: null, failure: null });
  return state.parked;
}
