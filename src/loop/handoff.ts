import { relative } from "@std/path";
import { listAsks, maskChangedAsks } from "../inbox/asks.ts";
import { lockMoves } from "../log/move_lock.ts";
import { receive as receiveMessages } from "../mailbox/server.ts";
import { watchMailbox } from "../mailbox/watch.ts";
import { poll } from "../os/poll.ts";
import { Watch } from "../os/watch.ts";
import { commitEdits, commitPaths } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkerIds } from "../profile/worker_ids.ts";
import { UserError } from "../schema/errors.ts";
import type { Worker } from "../schema/worker.ts";
import { statusFiles, workerFiles } from "../workers/files.ts";
import { reconcileWorkers } from "../workers/reconcile.ts";

/**
 * Commits all that a clone on another machine has to know when this one is gone: what workers delivered, what asks
 * and budgets have become, and of what is else no part of the memory
 *
 * - how each worker stands whose end no decision has seen: there the next tick sees its end, and one that has none
 *   is lost, as it will be,
 * - what `notify` was run for, so that nobody is told twice.
 *
 * @throws {UserError} where it cannot be committed, or there is no memory: then all of it would be gone.
 */
export async function commitForClone(profile: Profile): Promise<void> {
  if (!hasRepository(profile)) {
    throw new UserError(
      `cannot keep what this tick did for another machine: ${profile.paths.dataDir} is no git repository. Install git.`,
    );
  }
  using _ = await lockMoves(profile);
  const kept = await maskChangedAsks(profile);
  await commitEdits(profile, kept, "What workers and people left");
  await commitStanding(profile);
}

/** Again where a worker that ends just now has removed a file between two looks at it. */
async function commitStanding(profile: Profile, tries = 3): Promise<void> {
  try {
    await commitPaths(profile, travelling(profile.paths), "How the workers stand", null);
  } catch (error) {
    if (tries === 1) throw error;
    await commitStanding(profile, tries - 1);
  }
}

/** Paths, relative to the data directory, of what goes along although it is ignored. */
function travelling(paths: Paths): string[] {
  const all = listWorkerIds(paths).flatMap((id) => statusFiles(workerFiles(paths, id)));
  return [...all, paths.surfaced].map((path) => relative(paths.dataDir, path));
}

/** How often, in milliseconds, it is looked at the latest: most ends show in the workers' directories at once. */
const POLL_MS = 2000;

/** How long to wait for workers, and whom to tell. */
export interface AwaitOptions {
  /** Milliseconds to wait at most. Default: until they have ended. */
  timeoutMs?: number;
  /** Ends the wait; the workers live on. */
  signal: AbortSignal;
  /** Told how one of them stands, whenever that changes. */
  onChange(worker: Worker): void;
}

/**
 * Waits until these workers have ended and their `verify` has run, and does meanwhile what a tick would do about
 * workers: whoever costs too much is stopped, and those in a sandbox are heard.
 *
 * @returns how they stand: those that live when the time is up, too; without those that somebody has removed.
 */
export async function awaitWorkers(
  profile: Profile,
  ids: readonly string[],
  { timeoutMs, signal, onChange }: AwaitOptions,
): Promise<Worker[]> {
  const { clock, paths } = profile;
  const receive = (worker: string) => receiveMessages(profile, worker);
  // That it runs is nothing to tell: somebody has just started it.
  const told = new Map(ids.map((id) => [id, "running undefined undefined"]));
  await using _ = watchMailbox(profile);
  const watch = new Watch([paths.workers, ...ids.map((id) => `${paths.workers}/${id}`)]);
  let workers: Worker[] = [];
  await poll(clock, async () => {
    const { asks } = await listAsks(profile);
    workers = (await reconcileWorkers(profile, asks, signal, receive))
      .filter(({ id }) => ids.includes(id));
    for (const worker of workers) {
      const stands = `${worker.state} ${worker.flag?.note} ${worker.verification?.passed}`;
      if (told.get(worker.id) !== stands) onChange(worker);
      told.set(worker.id, stands);
    }
    return workers.every(isOver) || null;
  }, { everyMs: POLL_MS, watch, timeoutMs, signal });
  return workers;
}

/** Tells whether a worker has ended, and its `verify`, if it has one. */
export function isOver({ alive, verify, verification }: Worker): boolean {
  return !alive && (verify === null || verification !== null);
}
