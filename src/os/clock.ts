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
