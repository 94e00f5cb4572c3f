import { lock } from "../host/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { findAsk, listAsks, writeAsk } from "./ask_files.ts";

/**
 * Masks in their files what workers have asked: a worker does not know most secrets, so it cannot mask them itself.
 * To be done before the files are committed.
 */
export async function maskOpenAsks(profile: Profile): Promise<void> {
  if (profile.mask.idle) return;
  using _ = await lock(profile.paths.asksLock);
  for (const shown of (await listAsks(profile)).asks) {
    const ask = await findAsk(profile, shown.id);
    if (ask && JSON.stringify(ask) !== JSON.stringify(shown)) await writeAsk(profile, ask);
  }
}
