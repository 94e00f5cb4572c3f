import type { Clock } from "../host/clock.ts";
import type { Watch } from "../host/watch.ts";

/** Resolves at the next change in the watched folders, after `ms` milliseconds, or when `signal` fires. */
export async function nextLook(
  clock: Clock,
  watch: Watch,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const timer = clock.sleep(ms, stop).then(() => over.abort());
  await watch.changed(stop);
  over.abort();
  await timer;
}
