/** The clock; tests inject their own. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds, or when `signal` fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
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

/** Background work that is awaited only at the end; finished work is dropped. */
export class PendingTasks {
  readonly #all = new Set<Promise<unknown>>();

  /** The number of unfinished tasks. */
  get size(): number {
    return this.#all.size;
  }

  /** Adds a promise that never rejects. */
  add(promise: Promise<unknown>): void {
    this.#all.add(promise);
    void promise.then(() => this.#all.delete(promise));
  }

  /** Resolves when all tasks have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#all);
  }
}
