import { join } from "@std/path";
import { ensureFolder } from "../host/ensure_folder.ts";
import { lock } from "../host/lock.ts";
import { movePath } from "../host/move_path.ts";
import type { WorkerRecord } from "../model/worker.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkers } from "./list_workers.ts";
import { workerFiles } from "./worker_files.ts";

/**
 * Moves an ended worker to `workers/ended/<id>.<generation>/`; one that is not there any more is no error.
 *
 * @param generation that of the worker that ended: a later one with its id stays
 * @throws {UserError} where it lives.
 */
export async function archiveWorker(
  profile: Profile,
  id: string,
  generation: string,
): Promise<void> {
  using _ = await lock(profile.paths.workersLock);
  const [worker] = await listWorkers(profile, { only: id });
  if (worker?.generation !== generation) return;
  if (worker.alive) throw new UserError(`cannot archive worker ${id}: it is ${worker.state}`);
  await moveToEnded(profile, worker);
}

/** Does so for a worker that is known to have ended. The caller holds the workers lock. */
export async function moveToEnded(
  { paths }: Profile,
  { id, generation }: Pick<WorkerRecord, "id" | "generation">,
): Promise<void> {
  ensureFolder(paths.workersEnded);
  await movePath(
    workerFiles(paths, id).folder,
    join(paths.workersEnded, `${id}.${generation}`),
  );
}
