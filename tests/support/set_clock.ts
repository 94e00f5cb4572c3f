import type { Clock } from "../../src/os/clock.ts";

/** A clock that stands still until it is set. It never sleeps. */
export class SetClock implements Clock {
  #ms: number;

  constructor(iso: string) {
    this.#ms = Date.parse(iso);
  }

  now(): Date {
    return new Date(this.#ms);
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  set(iso: string): void {
    this.#ms = Date.parse(iso);
  }

  pass(ms: number): void {
    this.#ms += ms;
  }
}
