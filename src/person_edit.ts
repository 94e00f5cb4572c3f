import { type Lock, lock } from "./host/lock.ts";
import { messageOf } from "./model/user_error.ts";
import { commitEdits, hasMemory } from "./profile/git_memory.ts";
import { appendJournal, journalLine } from "./profile/journal.ts";
import type { Profile } from "./profile/profile.ts";
import { recoverMove } from "./recover_move.ts";

/** What the loop itself commits with its moves. */
const OF_THE_LOOP = ["state.json", "cost.jsonl"];

/**
 * Waits for the lock that moves are made under. A move that a crash cut off is written down first: its intent
 * counts the journal's bytes.
 */
export async function lockForEdit(profile: Profile, signal?: AbortSignal): Promise<Lock> {
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
 * Writes something for the person: journaled, and committed as an edit of theirs, apart from others. The caller
 * holds {@linkcode lockForEdit}'s lock.
 *
 * @param what for journal and history, in one line
 */
export async function recordEdit(
  profile: Profile,
  what: string,
  write: () => Promise<void>,
): Promise<void> {
  const memory = await hasMemory(profile);
  if (memory) await commit(profile, "Edits since the last move");
  await write();
  await appendJournal(profile, journalLine(profile.clock.now(), what));
  if (memory) await commit(profile, what);
}

/** What git cannot take now, the commit before the next move will. */
async function commit(profile: Profile, message: string): Promise<void> {
  await commitEdits(profile, OF_THE_LOOP, message).catch((error) => profile.warn(messageOf(error)));
}
