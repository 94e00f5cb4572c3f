import type { State } from "./model/state.ts";
import type { Profile } from "./profile/profile.ts";
import { readState } from "./profile/state_file.ts";

/**
 * Reads the state, and sees to the hold in it: a person may have lifted it, or it has ended.
 *
 * @param dryRun leaves it as it is
 */
export async function heedHold(profile: Profile, dryRun = false): Promise<State> {
  const state = await readState(profile);
  // Loaded only here: most ticks have none.
  if (!state.hold || dryRun) return state;
  const { settleHold } = await import("./log/settle_hold.ts");
  return await settleHold(profile, state);
}
