import type { Profile } from "../profile/profile.ts";
import { findAsk } from "./ask_files.ts";

/**
 * Finds an id for an ask, short enough to type, that none has. The caller holds the asks lock.
 *
 * @param kind stands first: `w` a worker's ask, `p` a proposal. The loop's own ids are all hex, so that they
 * never meet these.
 */
export async function newAskId(profile: Profile, kind: "w" | "p"): Promise<string> {
  for (;;) {
    const id = kind + crypto.randomUUID().slice(0, 6);
    if (await findAsk(profile, id) === null) return id;
  }
}
