import { systemClock } from "../host/clock.ts";
import { fileAge } from "../host/file_age.ts";
import { lock } from "../host/lock.ts";
import { removeFolder } from "../host/remove_file.ts";
import type { Profile } from "../profile/profile.ts";
import { endTree } from "./end_tree.ts";
import { observeFleet } from "./observe_fleet.ts";

/** Milliseconds that a worker with all it needs may take to begin; `script` opens its transcript at once. */
const BEGINS_MS = 5000;

/**
 * Removes a worker whose start looop did not survive: its record is there, but it waits for an environment that
 * nobody gives it any more, or has given up.
 *
 * @param runId that of the start: a worker of another one stays
 * @returns whether there was such a worker.
 */
export async function dropUnbegun(profile: Profile, id: string, runId: string): Promise<boolean> {
  using _ = await lock(profile.paths.workersLock);
  for (let ms = 0;; ms += 50) {
    const [worker] = await observeFleet(profile, { only: id, thorough: true });
    if (worker?.facts.record.run_id !== runId) return false;
    const { files, facts, session, process } = worker;
    if (fileAge(files.transcript, 0) !== null) return false;
    const dead = !process && (session === null || session.dead);
    if (dead || ms >= BEGINS_MS) {
      await endTree(profile, { files, generation: facts.record.generation, session });
      await removeFolder(files.folder);
      return true;
    }
    await systemClock.sleep(50);
  }
}
