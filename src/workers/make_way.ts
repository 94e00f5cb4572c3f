import { removeTree } from "../host/remove_tree.ts";
import { UserError } from "../model/user_error.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { moveToEnded } from "./archive_worker.ts";
import { endTree } from "./end_tree.ts";
import { listWorkers } from "./list_workers.ts";
import { observeFleet } from "./observe_fleet.ts";
import { readFacts, workerFiles, writeEnd } from "./worker_files.ts";
import { lostEnd } from "./worker_state.ts";

/**
 * Makes sure that a worker may be started under this id: nothing of an older one is left but what is archived.
 * The caller holds the workers lock.
 *
 * @param onReplace called for the older one, which has ended, before it is archived
 * @throws {UserError} where it lives, its record cannot be read, or `maxAlive` are alive already.
 */
export async function makeWay(
  profile: Profile,
  id: string,
  maxAlive: number,
  onReplace?: (old: Worker) => Promise<void>,
): Promise<void> {
  const files = workerFiles(profile.paths, id);
  // A record that cannot be read may be that of one which lives.
  const facts = await readFacts(profile, files);
  const fleet = await listWorkers(profile);
  const old = fleet.find((worker) => worker.id === id);
  if (old?.alive) {
    throw new UserError(
      `worker ${id} is ${old.state} already: looop attach ${id}, looop kill ${id}, or take another id`,
    );
  }
  const alive = fleet.filter((worker) => worker.alive).length;
  if (alive >= maxAlive) {
    throw new UserError(
      `cannot start worker ${id}: ${alive} are alive, at most ${maxAlive} may be (budget.workers)`,
    );
  }
  if (!old || !facts) return await removeTree(files.folder, profile.environment);
  await endLeftovers(profile, id);
  await onReplace?.(old);
  await moveToEnded(profile, old);
}

async function endLeftovers(profile: Profile, id: string): Promise<void> {
  const [left] = await observeFleet(profile, { only: id, thorough: true });
  if (!left) return;
  const { files, facts, end, session, process } = left;
  await writeEnd(files, end ?? lostEnd(facts));
  if (!session && !process) return;
  const { generation } = facts.record;
  const pids = await endTree(profile, { files, generation, session });
  if (pids.length === 0) return;
  throw new UserError(
    `cannot start worker ${id}: of the one before it ${pids.join(", ")} do not die`,
  );
}
