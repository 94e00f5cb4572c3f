import { type Clock, systemClock } from "../../src/os/clock.ts";
import { eventually } from "./eventually.ts";

/** Milliseconds from which a sleep counts as a wait. A pulse waits for its next tick for 5 s or longer. */
const WAIT_MS = 5000;

/**
 * The machine's clock, except that a wait of 5 s or longer lasts until the test ends it. A pulse on such a clock never
 * ticks because time has passed, so a test can count ticks instead of sleeping until nothing more happens.
 */
export class SteppedClock implements Clock {
  /** All sleeps that have begun, in order, in milliseconds. */
  readonly sleeps: number[] = [];
  /** How many waits their signal has ended. */
  woken = 0;
  readonly #waiting = new Set<() => void>();

  /** The waits among the sleeps. */
  get waits(): number[] {
    return this.sleeps.filter((ms) => ms >= WAIT_MS);
  }

  now(): Date {
    return systemClock.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    if (ms < WAIT_MS || signal?.aborted) return systemClock.sleep(ms, signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      this.woken++;
      end();
    };
    const end = () => {
      signal?.removeEventListener("abort", wake);
      this.#waiting.delete(end);
      resolve();
    };
    signal?.addEventListener("abort", wake);
    this.#waiting.add(end);
    return promise;
  }

  /** Ends the waits that last, as if their time had passed. */
  pass(): void {
    for (const end of [...this.#waiting]) end();
  }

  /** Resolves when so many waits have begun in all. */
  begun(count: number): Promise<void> {
    return eventually(`wait ${count} begins`, () => this.waits.length >= count);
  }
}
