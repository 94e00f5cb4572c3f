import { replaceFile } from "../os/write.ts";
import { INITIAL_STATE, type State, stateSchema } from "../schema/state.ts";
import { parseFile } from "./json_file.ts";
import type { Profile } from "./profile.ts";
import { quoteWord } from "../schema/text.ts";

/**
 * Reads `state.json`; returns the initial state if there is none.
 *
 * @throws {UserError} if it is invalid.
 */
export async function readState({ paths }: Profile): Promise<State> {
  const remedy = `Restore it (git -C ${
    quoteWord(paths.dataDir)
  } checkout HEAD -- state.json), or delete it: then the next tick decides anew.`;
  return await parseFile(paths.state, stateSchema, remedy) ?? INITIAL_STATE;
}

/** Replaces `state.json`; durable. One line per entry, so that git stores and shows small differences. */
export async function writeState({ paths, mask }: Profile, state: State): Promise<void> {
  // The rest is digests and times, and a baseline that was made from masked values.
  const { last_run, failure, parked } = state;
  const shown: State = {
    ...state,
    failure: failure && { ...failure, why: mask(failure.why) },
    parked: parked && { ...parked, why: mask(parked.why) },
    last_run: last_run && {
      ...last_run,
      command: mask(last_run.command),
      output_tail: mask(last_run.output_tail),
    },
  };
  await replaceFile(paths.state, JSON.stringify(shown, null, 1) + "\n");
}
