import { replaceFile } from "../host/replace_file.ts";
import { INITIAL_STATE, type State, stateSchema } from "../model/state.ts";
import { parseFile } from "./parse_file.ts";
import type { Profile } from "./profile.ts";

/**
 * Reads `state.json`; the initial state when there is none.
 *
 * @throws {UserError} when it is broken.
 */
export async function readState({ paths }: Profile): Promise<State> {
  const mend =
    `Restore it (git -C ${paths.dataDir} checkout state.json), or delete it: then the next tick decides anew.`;
  return await parseFile(paths.state, stateSchema, mend) ?? INITIAL_STATE;
}

/** Replaces `state.json`; durable. One line per entry, so that git stores and shows small differences. */
export async function writeState({ paths }: Profile, state: State): Promise<void> {
  await replaceFile(paths.state, JSON.stringify(state, null, 1) + "\n");
}
