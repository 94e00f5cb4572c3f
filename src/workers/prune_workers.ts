import { join } from "@std/path";
import { lock } from "../host/lock.ts";
import { removeTree } from "../host/remove_tree.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { moveToEnded } from "./archive_worker.ts";
import { listEnded } from "./list_ended.ts";
import { listWorkers } from "./list_workers.ts";

/** Days after which ended workers are removed without being asked to. */
export const KEPT_DAYS = 3;

/** Which workers to remove. */
export interface PruneOptions {
  /** Those that ended longer ago than this, in days. Default: all that ended. */
  olderThanDays?: number;
  /** Also those that have not been archived: their end has perhaps not been seen. Default `false`. */
  unseen?: boolean;
}

/**
 * Removes ended workers with all their files, such as transcripts.
 *
 * @returns ids of those that were removed.
 */
export async function pruneWorkers(
  profile: Profile,
  { olderThanDays = 0, unseen = false }: PruneOptions = {},
): Promise<string[]> {
  using _ = await lock(profile.paths.workersLock);
  if (unseen) {
    for (const worker of await listWorkers(profile)) {
      if (!worker.alive) await moveToEnded(profile, worker);
    }
  }
  const before = profile.clock.now().getTime() - olderThanDays * 86_400_000;
  const old = (await listEnded(profile)).filter(({ since }) => Date.parse(since) <= before);
  const removed: string[] = [];
  for (const { id, generation } of old) {
    const folder = join(profile.paths.workersEnded, `${id}.${generation}`);
    try {
      await removeTree(folder, profile.environment);
      removed.push(id);
    } catch (error) {
      profile.warn(`what is left of worker ${id} cannot be removed: ${messageOf(error)}`);
    }
  }
  return removed;
}
