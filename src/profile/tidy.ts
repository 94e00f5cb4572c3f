import { removeLeftBehind } from "../host/remove_left_behind.ts";
import { messageOf } from "../model/user_error.ts";
import { foldersOf } from "./paths.ts";
import type { Profile } from "./profile.ts";

/**
 * Removes what crashes left half-written. Never throws: nothing reads such files. Not for every tick: to list all
 * folders takes longer than an idle one may.
 */
export async function tidy({ paths, clock, warn }: Profile): Promise<void> {
  try {
    for (const folder of foldersOf(paths)) await removeLeftBehind(folder, clock.now());
  } catch (error) {
    warn(`temporary files of crashes are left: ${messageOf(error)}`);
  }
}
