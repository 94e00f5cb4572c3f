import { lockHolder } from "../host/lock.ts";
import { isPaused } from "../profile/pause.ts";
import type { Profile } from "../profile/profile.ts";

/** Tells when the loop will look next, to go on behind a verb: `at once` where a pulse runs. */
export async function tellWhen(profile: Profile): Promise<string> {
  if (isPaused(profile)) return "after looop resume, since it is paused";
  const holder = await lockHolder(profile.paths.pulseLock);
  return holder !== null
    ? "at once"
    : "at the next tick; no pulse is running (looop, or looop tick)";
}
