import { join } from "@std/path";
import { systemClock } from "../os/clock.ts";
import { ensureDir, movePath, removeDir } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { stat } from "../os/stat.ts";
import { removeTree } from "../os/untrusted_files.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import { readFacts, workerFiles, writeEnd } from "./files.ts";
import { listEnded, listWorkers, observeFleet } from "./list.ts";
import { lostEnd } from "./state.ts";
import { endTree } from "./stop.ts";

/**
 * Makes sure that a worker may be started under this id: nothing of an older one is left but what is archived.
 * The caller holds the workers lock.
 *
 * @param onReplace called for the older one, which has ended, before it is archived
 * @throws {UserError} where it lives, its record cannot be read, or `maxAlive` are alive already.
 */
export async function replaceEnded(
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
  if (!old || !facts) return await removeTree(files.dir, profile.environment);
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

/** Milliseconds that a worker with all it needs may take to begin; `script` opens its transcript at once. */
const BEGINS_MS = 5000;

/**
 * Removes a worker whose start looop did not survive: its record is there, but it waits for an environment that
 * nobody gives it any more, or has given up.
 *
 * @param runId that of the start: a worker of another one stays
 * @returns whether there was such a worker.
 */
export async function removeUnstarted(
  profile: Profile,
  id: string,
  runId: string,
): Promise<boolean> {
  using _ = await lock(profile.paths.workersLock);
  for (let ms = 0;; ms += 50) {
    const [worker] = await observeFleet(profile, { only: id, thorough: true });
    if (worker?.facts.record.run_id !== runId) return false;
    const { files, facts, session, process } = worker;
    if (stat(files.transcript) !== null) return false;
    const dead = !process && (session === null || session.dead);
    if (dead || ms >= BEGINS_MS) {
      await endTree(profile, { files, generation: facts.record.generation, session });
      await removeDir(files.dir);
      return true;
    }
    await systemClock.sleep(50);
  }
}

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
  ensureDir(paths.workersEnded);
  await movePath(
    workerFiles(paths, id).dir,
    join(paths.workersEnded, `${id}.${generation}`),
  );
}

/** Days after which ended workers are removed without being asked to. */
export const RETENTION_DAYS = 3;

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
    const dir = join(profile.paths.workersEnded, `${id}.${generation}`);
    try {
      await removeTree(dir, profile.environment);
      removed.push(id);
    } catch (error) {
      profile.warn(`what is left of worker ${id} cannot be removed: ${messageOf(error)}`);
    }
  }
  return removed;
}
