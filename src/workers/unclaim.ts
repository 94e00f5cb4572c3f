import { lock } from "../host/lock.ts";
import { removeFile } from "../host/remove_file.ts";
import { UserError } from "../model/user_error.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { claimPath, readClaim } from "./claim_file.ts";

/**
 * Gives up a claim.
 *
 * @param session the worker that must hold it; default: whoever holds it loses it
 * @returns `false` when nobody held it.
 * @throws {UserError} where another worker holds it, or its file is malformed.
 */
export async function unclaim(profile: Profile, name: string, session?: string): Promise<boolean> {
  // A claim takes no other's place, and all that remove one hold this lock: what was read is what is removed.
  using _ = await lock(profile.paths.claimsLock);
  const held = await readClaim(profile, name);
  if (held === null) return false;
  if (session !== undefined && held.session !== session) {
    throw new UserError(`cannot unclaim ${name} for ${session}: ${held.session} holds it`);
  }
  await removeFile(claimPath(profile, name));
  await appendEvent(profile, { event: "unclaim", claim: name, worker: held.session });
  return true;
}
