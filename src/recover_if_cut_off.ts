import { fileAge } from "./host/file_age.ts";
import type { Profile } from "./profile/profile.ts";

/** Finishes the move that a crash cut off, if there is one. */
export async function recoverIfCutOff(profile: Profile): Promise<void> {
  if (await fileAge(profile.paths.intent, 0) === null) return;
  const { recoverMove } = await import("./recover_move.ts");
  await recoverMove(profile);
}
