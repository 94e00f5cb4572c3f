import { fileAge } from "../host/file_age.ts";
import { createFile } from "../host/replace_file.ts";
import type { Claim } from "../model/claim.ts";
import { isId } from "../model/id.ts";
import { messageOf, UserError } from "../model/user_error.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { claimPath, readClaim } from "./claim_file.ts";

/** What claiming came to; not `claimed`: somebody else holds it, `null` where its file does not tell who. */
export type ClaimResult =
  | { claimed: true; claim: Claim }
  | { claimed: false; holder: Claim | null; why: string };

/** How often a claim is tried that is given up by its holder at the same moment. */
const ATTEMPTS = 10;

/**
 * Claims a task for a worker. Of many that try at once, one gets it, also against files written by hand;
 * claiming again what one holds is fine.
 *
 * @param session id of the worker
 * @throws {UserError} where the name or the id cannot be one.
 */
export async function claim(profile: Profile, name: string, session: string): Promise<ClaimResult> {
  const path = claimPath(profile, name);
  if (!isId(session)) {
    throw new UserError(
      `cannot claim ${name} for ${JSON.stringify(session)}: that is no worker's id`,
    );
  }
  for (let attempt = 1;; attempt++) {
    const own: Claim = { name, session, since: profile.clock.now().toISOString() };
    try {
      await createFile(path, JSON.stringify(own) + "\n");
      await appendEvent(profile, { event: "claim", claim: name, worker: session });
      return { claimed: true, claim: own };
    } catch (error) {
      const isThere = fileAge(path, 0) !== null;
      if (!isThere && attempt === ATTEMPTS) throw error;
    }
    const found = await heldBy(profile, name);
    if (typeof found === "string") return { claimed: false, holder: null, why: found };
    if (found?.session === session) return { claimed: true, claim: found };
    if (found) {
      const why = `${name} is claimed by ${found.session} since ${found.since}`;
      return { claimed: false, holder: found, why };
    }
    if (attempt === ATTEMPTS) {
      return { claimed: false, holder: null, why: `${name} changes hands just now: try again` };
    }
  }
}

async function heldBy(profile: Profile, name: string): Promise<Claim | string | null> {
  try {
    return await readClaim(profile, name);
  } catch (error) {
    return messageOf(error);
  }
}
