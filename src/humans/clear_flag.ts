import { lock } from "../host/lock.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { checkWorker, readFlag, removeFlag } from "./flag_file.ts";

/**
 * Takes the flag of a worker down; what it asked stays open.
 *
 * @returns whether it was up.
 * @throws {UserError} where there is no such worker.
 */
export async function clearFlag(profile: Profile, worker: string): Promise<boolean> {
  checkWorker(profile, worker);
  using _ = await lock(profile.paths.asksLock);
  if (await readFlag(profile, worker) === null) return false;
  await removeFlag(profile, worker);
  await appendEvent(profile, { event: "unflag", worker });
  return true;
}
