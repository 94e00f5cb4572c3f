import { basename } from "@std/path";
import { listFolder } from "../host/list_folder.ts";
import type { Ask } from "../model/ask.ts";
import { messageOf } from "../model/user_error.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";

/**
 * Looks at the workers, stops those that cost too much, and does what follows the end of one, once: its `verify`
 * runs, its spend goes into the ledger, its open asks and claims end with it, and those archived for three days are
 * removed.
 *
 * A fleet that cannot be listed is told, and counts as unseen: nobody is lost for that.
 *
 * @param hear does what a worker that ended has left to say
 * @returns the workers that are not archived, by id.
 */
export async function tendWorkers(
  profile: Profile,
  asks: readonly Ask[],
  signal?: AbortSignal,
  hear?: (worker: string) => Promise<void>,
): Promise<Worker[]> {
  const { workers: folder, workersEnded } = profile.paths;
  const there = listFolder(folder).some(({ name }) => name !== basename(workersEnded));
  if (!there) return [];
  const {
    KEPT_DAYS,
    closeWorkerAsks,
    listWorkers,
    meterWorker,
    pruneWorkers,
    reapClaims,
    settleWorkers,
    stopTooDear,
  } = await import("./tending.ts");
  try {
    await stopTooDear(profile);
    const settled = new Set(await settleWorkers(profile, signal, hear));
    const workers = await listWorkers(profile, { asks });
    for (const worker of workers) {
      if (worker.alive) continue;
      await closeWorkerAsks(profile, worker.id, worker.generation);
      // Not only those settled just now: a crash may have come in between, and it is done once.
      await meterWorker(profile, worker);
    }
    await reapClaims(profile, new Map(workers.map(({ id, state }) => [id, state])));
    if (settled.size > 0) {
      await pruneWorkers(profile, { olderThanDays: KEPT_DAYS });
    }
    return workers;
  } catch (error) {
    if (signal?.aborted) throw error;
    profile.warn(`the workers cannot be seen: ${messageOf(error)}`);
    return [];
  }
}
