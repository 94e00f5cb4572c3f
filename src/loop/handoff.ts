import { relative } from "@std/path";
import { listAsks, maskAsks } from "../inbox/asks.ts";
import { lockMoves } from "../log/recover.ts";
import { receive as receiveMessages } from "../mailbox/server.ts";
import { watchMailbox } from "../mailbox/watch.ts";
import { poll } from "../os/clock.ts";
import { Watch } from "../os/watch.ts";
import { commitEdits, commitPaths } from "../profile/commits.ts";
import { hasRepository } from "../profile/git.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkerIds } from "../profile/paths.ts";
import { UserError } from "../schema/errors.ts";
import type { Worker } from "../schema/worker.ts";
import { statusFiles, workerFiles } from "../workers/files.ts";
import { reconcileWorkers } from "../workers/reconcile.ts";

/**
 * Commits what a clone on another machine needs to continue: worker reports, asks, ledger, state, and although they are
 * ignored
 *
 * - the status of each worker whose end no decision has seen: there the next tick sees its end, and a worker without an
 *   end is lost, as it will be,
 * - what the user has been notified of, so that nothing is sent twice, and what is still to be delivered.
 *
 * @throws {UserError} if it cannot be committed, or there is no repository: then all of it would be lost.
 */
export async function commitForClone(profile: Profile): Promise<void> {
  if (!hasRepository(profile)) {
    throw new UserError(
      `cannot save this tick for another machine: ${profile.paths.dataDir} is not a git repository; install git`,
    );
  }
  using _ = await lockMoves(profile);
  await commitEdits(profile, {
    message: "Edits of workers and users",
    except: (changed) => maskAsks(profile, changed),
  });
  const { paths } = profile;
  const commitStatus = async () => {
    const files = listWorkerIds(paths).flatMap((id) => statusFiles(workerFiles(paths, id)));
    const committed = [...files, paths.surfaced, paths.deliveries].map((path) =>
      relative(paths.dataDir, path)
    );
    await commitPaths(profile, committed, "Status of the workers", null);
  };
  // Again if a worker that ends just now removed a file meanwhile.
  await commitStatus().catch(commitStatus).catch(commitStatus);
}

/** Max. milliseconds between checks: most ends show at once in the workers' directories. */
const POLL_MS = 2000;

/** Options of {@linkcode awaitWorkers}. */
export interface AwaitOptions {
  /** Max. milliseconds to wait. Default: until they have ended. */
  timeoutMs?: number;
  /** Ends the wait; the workers live on. */
  signal: AbortSignal;
  /** Receives a worker whenever its status changes. */
  onChange(worker: Worker): void;
}

/**
 * Waits until these workers have ended and their `verify` has run. Meanwhile it does what a tick does about workers: stops
 * those over budget, and applies messages of those in a sandbox.
 *
 * @returns the workers, including those alive when the time is up, without those that were removed.
 */
export async function awaitWorkers(
  profile: Profile,
  ids: readonly string[],
  { timeoutMs, signal, onChange }: AwaitOptions,
): Promise<Worker[]> {
  const { clock, paths } = profile;
  const receive = (worker: string) => receiveMessages(profile, worker);
  // That it runs is not reported: the caller has just started it.
  const reported = new Map(ids.map((id) => [id, "running undefined undefined"]));
  await using _ = watchMailbox(profile);
  const watch = new Watch([paths.workers, ...ids.map((id) => `${paths.workers}/${id}`)]);
  let workers: Worker[] = [];
  await poll(clock, async () => {
    const { asks } = await listAsks(profile);
    workers = (await reconcileWorkers(profile, asks, { signal, receive, resume: true }))
      .filter(({ id }) => ids.includes(id));
    for (const worker of workers) {
      const status = `${worker.state} ${worker.flag?.note} ${worker.verification?.passed}`;
      if (reported.get(worker.id) !== status) onChange(worker);
      reported.set(worker.id, status);
    }
    return workers.every(isOver) || null;
  }, { everyMs: POLL_MS, watch, timeoutMs, signal });
  return workers;
}

/** Reports whether a worker has ended, and its `verify`, if it has one. */
export function isOver({ alive, verify, verification }: Worker): boolean {
  return !alive && (verify === null || verification !== null);
}
