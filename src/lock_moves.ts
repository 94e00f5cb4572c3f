import { type Lock, lock } from "./host/lock.ts";
import { payCommits } from "./profile/commit_run.ts";
import type { Profile } from "./profile/profile.ts";
import { recoverMove } from "./recover_move.ts";

/**
 * Waits for the lock that moves are made under, and first finishes what a crash had cut off: a move's intent counts
 * the journal's bytes, so nobody may write before it.
 *
 * @throws the reason of `signal` when it fires before the lock is had.
 */
export async function lockMoves(profile: Profile, signal?: AbortSignal): Promise<Lock> {
  const held = await lock(profile.paths.moveLock, signal);
  try {
    await recoverMove(profile, { locked: true });
    await payCommits(profile);
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}
