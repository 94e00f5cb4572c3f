import type { Watch } from "./watch.ts";

/** The clock; tests inject their own. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds, or when `signal` fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The name of this machine's time zone, such as `Europe/Berlin`. */
export function localZone(): string {
  return Temporal.Now.timeZoneId();
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      signal?.addEventListener("abort", finish);
    });
  },
};

/** When {@linkcode poll} checks, and when it stops. */
export interface PollOptions {
  /** Milliseconds between two checks; a function is called before each wait. */
  everyMs: number | (() => number);
  /** Each change starts a check at once. Default: only time does. */
  watch?: Watch;
  /** Milliseconds. Default: no limit. */
  timeoutMs?: number;
  /** Stops the polling. */
  signal?: AbortSignal;
}

/** `setTimeout` counts at most 2^31 ms. */
const MAX_MS = 20 * 86_400_000;

/**
 * Calls `check` until it returns a value other than `null`.
 *
 * @returns that value; `null` when the last check, at the timeout or after `signal` fired, returned `null` too.
 */
export async function poll<T>(
  clock: Clock,
  check: () => T | null | Promise<T | null>,
  { everyMs, watch, timeoutMs, signal }: PollOptions,
): Promise<T | null> {
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  if (timeoutMs !== undefined) {
    void clock.sleep(Math.min(timeoutMs, MAX_MS), stop).then(() => over.abort());
  }
  try {
    for (;;) {
      const found = await check();
      if (found !== null || stop.aborted) return found;
      const ms = typeof everyMs === "number" ? everyMs : everyMs();
      await (watch ? nextChange(clock, watch, ms, stop) : clock.sleep(ms, stop));
    }
  } finally {
    over.abort();
  }
}

/** Resolves at the next change, after `ms` milliseconds, or when `signal` fires. */
export async function nextChange(
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
