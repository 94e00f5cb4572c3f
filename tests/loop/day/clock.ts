import { type Clock, systemClock } from "../../../src/os/clock.ts";

/** Sleeps of a pulse that wait for its next tick; shorter ones are real. */
const WAIT_MS = 5000;

/** The clock of a day: it stands still while something happens, and is moved on to the next wait's end. */
export class DayClock implements Clock {
  #now: number;
  readonly #waits = new Map<() => void, number>();

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < WAIT_MS || signal?.aborted) return systemClock.sleep(ms, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      signal?.removeEventListener("abort", end);
      this.#waits.delete(end);
      resolve();
    };
    signal?.addEventListener("abort", end);
    this.#waits.set(end, this.#now + ms);
    return promise;
  }

  /** Moves on to a time, as on a machine that slept until then, and ends the waits that are over. */
  moveOn(to: number): void {
    this.#now = Math.max(this.#now, to);
    for (const [end, at] of [...this.#waits]) if (at <= this.#now) end();
  }

  /** Whether something waits until a time. */
  waitsUntil(at: number): boolean {
    return [...this.#waits.values()].includes(at);
  }
}
