import { fileAge } from "./host/file_age.ts";
import type { Profile } from "./profile/profile.ts";

/** Finishes what a crash cut off, if there is anything: a move, the writing down of a hold, commits. */
export async function recoverIfCutOff(profile: Profile): Promise<void> {
  const { intent, holdNote, owedCommits } = profile.paths;
  if (fileAge(intent, 0) !== null) {
    const { recoverMove } = await import("./recover_move.ts");
    await recoverMove(profile);
  }
  if (fileAge(holdNote, 0) !== null) {
    const { recoverHold } = await import("./recover_hold.ts");
    await recoverHold(profile);
  }
  if (fileAge(owedCommits, 0) !== null) {
    const { recoverCommits } = await import("./recover_commits.ts");
    await recoverCommits(profile);
  }
}
