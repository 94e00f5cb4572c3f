import { join } from "@std/path";
import { readTextIfThere } from "./host/read_text.ts";
import { listFolder } from "./host/list_folder.ts";
import { listAsks } from "./humans/ask_files.ts";
import { sha256Hex } from "./model/sha256.ts";
import { isPaused } from "./profile/pause.ts";
import type { Profile } from "./profile/profile.ts";
import { readState } from "./profile/state_file.ts";

/** What a person changes to steer the loop: path relative to the data dir (`config`, `answer <id>`) → digest. */
export type HumanInputs = Record<string, string>;

/** Reads all that a person may have changed: PLAYBOOK, goals, config, answers, a pause and a parking. */
export async function readHumanInputs(profile: Profile): Promise<HumanInputs> {
  const { paths, configPath } = profile;
  const inputs: HumanInputs = {};
  const add = async (name: string, path: string) => {
    const text = await readTextIfThere(path).catch(() => "unreadable");
    if (text !== null) inputs[name] = await sha256Hex(text);
  };
  await add("config", configPath);
  await add("PLAYBOOK.md", paths.playbook);
  for (const { name, isDirectory } of await listFolder(paths.goals)) {
    if (!isDirectory && name.endsWith(".md")) await add(`goals/${name}`, join(paths.goals, name));
  }
  for (const { id, answer, worker } of (await listAsks(profile)).asks) {
    if (answer && worker === undefined) inputs[`answer ${id}`] = answer.at;
  }
  if (await isPaused(profile)) inputs["paused"] = "yes";
  const state = await readState(profile).catch(() => null);
  if (state?.parked) inputs["parked"] = state.parked.why;
  return inputs;
}

/**
 * Tells whether a person changed something between two looks.
 *
 * @param own paths that the loop itself wrote in between
 */
export function humanChanged(before: HumanInputs, after: HumanInputs, own: string[] = []): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].some((name) => {
    // The loop closes an answer once it has seen it.
    if (name.startsWith("answer ") && !(name in after)) return false;
    return before[name] !== after[name] && !own.includes(name);
  });
}
