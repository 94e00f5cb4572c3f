import { closeWorkerAsks } from "../inbox/answer.ts";
import { poll, systemClock } from "../os/clock.ts";
import { ensureDir, movePath } from "../os/dirs.ts";
import { lock } from "../os/lock.ts";
import { isPresent } from "../os/stat.ts";
import { removeTree } from "../os/untrusted_dirs.ts";
import { replaceFile } from "../os/write.ts";
import { listWorkerIds } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { WorkerRecord } from "../schema/worker.ts";
import { reapClaims } from "./claims.ts";
import { endedFiles, readFacts, type WorkerFiles, workerFiles } from "./files.ts";
import { type KeptWorker, listEnded, listWorkers, observeFleet } from "./list.ts";
import { cancelSessions, meterWorker } from "./meter.ts";
import { endTree, recordEnd } from "./stop.ts";
import { discardWorktree, releaseWorktree } from "./worktree.ts";

/**
 * Prepares the start of a worker under this id: records the cost of an ended one, closes its asks, releases its claims and
 * archives it. The caller holds the workers lock.
 *
 * @throws {UserError} where the worker is alive, its record is unreadable, or `budget.workers` are alive.
 */
export async function replaceEnded(profile: Profile, id: string): Promise<void> {
  const files = workerFiles(profile.paths, id);
  // Throws on an unreadable record, whose worker may be alive.
  const facts = await readFacts(profile, files);
  const fleet = await listWorkers(profile);
  const old = fleet.find((worker) => worker.id === id);
  if (old?.alive) {
    throw new UserError(
      `worker ${id} is ${old.state} already: looop attach ${id}, looop kill ${id}, or use another id`,
    );
  }
  const alive = fleet.filter((worker) => worker.alive).length;
  const maxAlive = profile.config.budget.workers;
  if (alive >= maxAlive) {
    throw new UserError(
      `cannot start worker ${id}: at most ${maxAlive} workers may be alive (budget.workers), and ${alive} are`,
    );
  }
  if (!old || !facts) return await removeBegun(profile, files);
  const [worker] = await observeFleet(profile, { only: id, thorough: true });
  const left = worker ? await recordEnd(profile, worker) : [];
  if (left.length > 0) {
    throw new UserError(
      `cannot start worker ${id}: cannot kill processes ${left.join(", ")} of the previous worker`,
    );
  }
  await meterWorker(profile, old);
  await closeWorkerAsks(profile, id, old.generation);
  await reapClaims(profile, new Map([[id, old.state]]));
  await moveToEnded(profile, old);
}

/** How long a worker with an environment may take to open its transcript. */
const BEGIN_MS = 5000;

/**
 * Removes a worker whose start crashed: it has a record, but never received its environment.
 *
 * @param runId the run that started it; the worker of another run is left alone
 * @returns whether there was such a worker.
 */
export async function removeUnstarted(
  profile: Profile,
  id: string,
  runId: string,
): Promise<boolean> {
  using _ = await lock(profile.paths.workersLock);
  const observe = () => observeFleet(profile, { only: id, thorough: true });
  const isStarted = await poll(systemClock, async () => {
    const [worker] = await observe();
    if (worker?.facts.record.run_id !== runId || isPresent(worker.files.transcript)) return true;
    return worker.process || (worker.session && !worker.session.dead) ? null : false;
  }, { everyMs: 50, timeoutMs: BEGIN_MS });
  const [worker] = await observe();
  if (isStarted || !worker) return false;
  const { files, facts, session } = worker;
  await endTree(profile, { files, generation: facts.record.generation, session });
  await cancelSessions(profile, facts.record);
  await removeBegun(profile, files);
  return true;
}

/** Removes the directory of a worker whose start crashed before its agent could begin, with its worktree. */
async function removeBegun(profile: Profile, files: WorkerFiles): Promise<void> {
  await discardWorktree(profile, files);
  await removeTree(files.dir, profile.environment);
}

/**
 * Moves an ended worker to `workers/ended/<id>.<generation>/`, if it still exists.
 *
 * @param generation that of the ended worker: a later one with its id is left alone
 * @throws {UserError} where it is alive.
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

/** As {@linkcode archiveWorker}, for a worker known to have ended. The caller holds the workers lock. */
async function moveToEnded(
  profile: Profile,
  worker: Pick<WorkerRecord, "id" | "generation">,
): Promise<void> {
  const { paths } = profile;
  ensureDir(paths.workersEnded);
  await movePath(workerFiles(paths, worker.id).dir, endedFiles(profile, worker).dir);
}

/** What {@linkcode pruneWorkers} did. */
export interface Pruned {
  /** Ids of the removed workers. */
  removed: string[];
  /** The workers with a worktree in which something could be lost, and why. */
  kept: KeptWorker[];
}

/**
 * Removes archived workers with all their files, such as transcripts, and their worktrees. One in which something could be
 * lost is kept, with the worker.
 *
 * @param options `olderThanDays`: only those that ended before that; `unseen`: also ended workers that are not archived, whose
 * end a decision may not have seen
 */
export async function pruneWorkers(
  profile: Profile,
  { olderThanDays = 0, unseen = false }: { olderThanDays?: number; unseen?: boolean } = {},
): Promise<Pruned> {
  using _ = await lock(profile.paths.workersLock);
  for (const id of unseen ? listWorkerIds(profile.paths) : []) {
    const files = workerFiles(profile.paths, id);
    // The lock is ours: its start crashed.
    if (isPresent(files.tree) && !isPresent(files.record)) await removeBegun(profile, files);
  }
  for (const worker of unseen ? await listWorkers(profile) : []) {
    if (worker.alive) continue;
    await meterWorker(profile, worker);
    await moveToEnded(profile, worker);
  }
  const before = profile.clock.now().getTime() - olderThanDays * 86_400_000;
  const old = (await listEnded(profile)).filter(({ since }) => Date.parse(since) <= before);
  const removed: string[] = [];
  const kept: KeptWorker[] = [];
  for (const { id, generation, worktree } of old) {
    const files = endedFiles(profile, { id, generation });
    try {
      const why = worktree ? await releaseWorktree(profile, worktree) : null;
      if (why !== null) {
        kept.push({ id, why });
        await replaceFile(files.kept, why);
        continue;
      }
      await removeTree(files.dir, profile.environment);
      removed.push(id);
    } catch (error) {
      profile.warn(`cannot remove the files of worker ${id}: ${messageOf(error)}`);
    }
  }
  return { removed, kept };
}
