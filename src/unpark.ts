import { lock } from "./host/lock.ts";
import type { Parked } from "./model/state.ts";
import type { Profile } from "./profile/profile.ts";
import { readState, writeState } from "./profile/state_file.ts";

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
