import { commitPeople } from "./commit_people.ts";
import { lockMoves } from "./lock_moves.ts";
import { appendEvent, type LoopEvent } from "./profile/events.ts";
import { appendJournal, journalLine } from "./profile/journal.ts";
import type { Profile } from "./profile/profile.ts";

/** A change of PLAYBOOK, goals or sensors that a person makes by a command. */
export interface Edit {
  /** In one line, for journal and commit: `wrote goals/tea.md`. */
  what: string;
  /** Outside text could have shaped that line. Default `false`. */
  tainted?: boolean;
  event: LoopEvent;
  /** Writes it; what it throws is told to the person, and neither journaled nor committed. */
  write(): Promise<void>;
}

/**
 * Makes a change for the person: under the lock that moves are made under, journaled, and committed as an edit of
 * theirs. One that is cut off before its commit is committed with the other edits, before the next move.
 *
 * @param prepare called with the lock held, and what a crash had cut off finished; `null`: there is nothing to change
 * @returns what `prepare` gave.
 * @throws the reason of `signal` when it fires before the lock is had.
 */
export async function makeEdit<E extends Edit>(
  profile: Profile,
  prepare: () => Promise<E | null>,
  signal?: AbortSignal,
): Promise<E | null> {
  const { clock, mask } = profile;
  using _ = await lockMoves(profile, signal);
  const edit = await prepare();
  if (edit === null) return null;
  await commitPeople(profile);
  await edit.write();
  const what = mask(edit.what);
  await appendJournal(profile, journalLine(clock.now(), what, edit.tainted));
  await commitPeople(profile, what);
  await appendEvent(profile, edit.event);
  return edit;
}
