import type { Clock } from "../host/clock.ts";

/** A timer cannot count further than 2^31 ms: nobody waits longer than this. */
const MAX_MS = 20 * 86_400_000;

/** Fires its signal when time is up, or a given signal fires; `using` ends it. */
export class TimeLimit implements Disposable {
  readonly signal: AbortSignal;
  readonly #over = new AbortController();

  /** @param ms default: no limit of its own */
  constructor(clock: Clock, ms: number | undefined, signal?: AbortSignal) {
    this.signal = signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal;
    if (ms === undefined) return;
    void clock.sleep(Math.min(ms, MAX_MS), this.signal).then(() => this.#over.abort());
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }
}
