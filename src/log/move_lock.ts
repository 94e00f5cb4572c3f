import { maskChangedAsks } from "../inbox/asks.ts";
import { type Lock, lock } from "../os/lock.ts";
import { commitEdits } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { recoverMove } from "./recover.ts";

/**
 * Takes the lock under which moves are applied, and completes an interrupted move first: its intent has the length of the
 * journal, so nothing may be written before that.
 *
 * @throws the reason of `signal` if it fires before the lock is taken.
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

/**
 * Commits what users and workers changed, separately from moves. If git cannot, it warns, and the commit before the next
 * move includes it. The caller holds the move lock.
 */
export async function commitUserEdits(profile: Profile, message?: string): Promise<void> {
  try {
    if (!hasRepository(profile)) return;
    const unmasked = await maskChangedAsks(profile);
    await commitEdits(profile, ["state.json", "cost.jsonl", ...unmasked], message);
  } catch (error) {
    profile.warn(messageOf(error));
  }
}
