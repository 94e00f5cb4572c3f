import { closeWorkerAsks } from "../humans/close_worker_asks.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { type Killed, type KillOptions, killWorker } from "./kill_worker.ts";
import { listWorkers } from "./list_workers.ts";
import { reapClaims } from "./reap_claims.ts";

/** How a worker was stopped, and how it stands now. */
export interface Stopped {
  how: Killed;
  /** `null` where its folder has gone meanwhile. */
  worker: Worker | null;
}

/**
 * Ends a worker with all its processes; its open asks and its claims end with it.
 *
 * @param options as of {@linkcode killWorker}
 * @throws {UserError} where there is no such worker, or something of it does not die.
 */
export async function stopSession(
  profile: Profile,
  id: string,
  options: KillOptions = {},
): Promise<Stopped> {
  const how = await killWorker(profile, id, options);
  const [worker] = await listWorkers(profile, { only: id });
  if (!worker) return { how, worker: null };
  if (!worker.alive) {
    await closeWorkerAsks(profile, id, worker.generation);
    await reapClaims(profile, new Map([[id, worker.state]]));
  }
  return { how, worker };
}
