import { lock } from "./host/lock.ts";
import { finishHold } from "./log/record_hold.ts";
import { readHoldNote } from "./profile/hold_note_file.ts";
import type { Profile } from "./profile/profile.ts";

/** Finishes writing down a hold that a crash cut off. */
export async function recoverHold(profile: Profile): Promise<void> {
  using _ = await lock(profile.paths.moveLock);
  const note = await readHoldNote(profile);
  if (note) await finishHold(profile, note);
}
