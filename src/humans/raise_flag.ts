import { lock } from "../host/lock.ts";
import { UserError } from "../model/user_error.ts";
import type { Flag } from "../model/worker.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { readFlag, writeFlag } from "./flag_file.ts";

/** The most characters that a note can have. */
export const MAX_NOTE = 100_000;

/**
 * Raises the flag of a worker, or gives the one that is up another note.
 *
 * @throws {UserError} where there is no such worker, or the note is too long.
 */
export async function raiseFlag(profile: Profile, worker: string, note = ""): Promise<Flag> {
  if (note.length > MAX_NOTE) {
    throw new UserError(
      `cannot flag ${worker}: the note has ${note.length} characters, at most ${MAX_NOTE} are taken`,
    );
  }
  using _ = await lock(profile.paths.asksLock);
  // An ask that raised it before is still to take it down.
  const ask = (await readFlag(profile, worker))?.ask;
  const at = profile.clock.now().toISOString();
  const flag: Flag = { note, at, ...(ask === undefined ? {} : { ask }) };
  await writeFlag(profile, worker, flag);
  await appendEvent(profile, { event: "flag", worker });
  return flag;
}
