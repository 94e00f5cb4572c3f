import { maskChangedAsks } from "../inbox/asks.ts";
import { type Lock, lock } from "../os/lock.ts";
import { commitEdits } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { recoverMove } from "./recover.ts";

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
    return held;
  } catch (error) {
    held.release();
    throw error;
  }
}

/** What the loop itself commits with its moves. */
const OF_THE_LOOP = ["state.json", "cost.jsonl"];

/**
 * Commits what people and workers changed, on its own: it is theirs, and no move's. What git cannot take now, the
 * commit before the next move will. The caller holds the move lock.
 */
export async function commitUserEdits(profile: Profile, message?: string): Promise<void> {
  try {
    if (!hasRepository(profile)) return;
    const kept = await maskChangedAsks(profile);
    await commitEdits(profile, [...OF_THE_LOOP, ...kept], message);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}
