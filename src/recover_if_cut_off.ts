import { fileAge } from "./host/file_age.ts";
import type { Profile } from "./profile/profile.ts";

/** Finishes the move, or the writing down of a hold, that a crash cut off, if there is one. */
export async function recoverIfCutOff(profile: Profile): Promise<void> {
  const { intent, holdNote } = profile.paths;
  if (await fileAge(intent, 0) !== null) {
    const { recoverMove } = await import("./recover_move.ts");
    await recoverMove(profile);
  }
  if (await fileAge(holdNote, 0) !== null) {
    const { recoverHold } = await import("./recover_hold.ts");
    await recoverHold(profile);
  }
}
