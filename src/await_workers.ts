import { Watch } from "./host/watch.ts";
import { listAsks } from "./humans/ask_files.ts";
import { nextLook } from "./humans/next_look.ts";
import { hearWorkers } from "./hear_workers.ts";
import { keepHearing } from "./keep_hearing.ts";
import type { Worker } from "./model/worker.ts";
import type { Profile } from "./profile/profile.ts";
import { tendWorkers } from "./workers/tend_workers.ts";

/** How often, in milliseconds, it is looked at the latest: most ends show in the workers' folders at once. */
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
  const deadline = timeoutMs === undefined ? Infinity : clock.now().getTime() + timeoutMs;
  const hear = (worker: string) => hearWorkers(profile, worker);
  // That it runs is nothing to tell: somebody has just started it.
  const told = new Map(ids.map((id) => [id, "running undefined undefined"]));
  await using _ = keepHearing(profile);
  while (true) {
    const watch = new Watch([paths.workers, ...ids.map((id) => `${paths.workers}/${id}`)]);
    const { asks } = await listAsks(profile);
    const workers = (await tendWorkers(profile, asks, signal, hear))
      .filter(({ id }) => ids.includes(id));
    for (const worker of workers) {
      const stands = `${worker.state} ${worker.flag?.note} ${worker.verification?.passed}`;
      if (told.get(worker.id) !== stands) onChange(worker);
      told.set(worker.id, stands);
    }
    const leftMs = deadline - clock.now().getTime();
    if (workers.every(isOver) || leftMs <= 0 || signal.aborted) return workers;
    await nextLook(clock, watch, Math.min(POLL_MS, leftMs), signal);
  }
}

/** Tells whether a worker has ended, and its `verify`, if it has one. */
export function isOver({ alive, verify, verification }: Worker): boolean {
  return !alive && (verify === null || verification !== null);
}
