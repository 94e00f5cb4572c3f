/** Time and waiting; tests inject their own. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms` milliseconds, or at once when `signal` fires; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
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

/** What is under way and waited for only at the end; what has ended meanwhile is forgotten. */
export class PendingTasks {
  readonly #all = new Set<Promise<unknown>>();

  /** How many have not ended yet. */
  get size(): number {
    return this.#all.size;
  }

  /** Takes one that never rejects. */
  add(promise: Promise<unknown>): void {
    this.#all.add(promise);
    void promise.then(() => this.#all.delete(promise));
  }

  /** Resolves when all of them have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#all);
  }
}
