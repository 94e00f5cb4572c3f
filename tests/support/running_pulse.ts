import { pulse } from "../../src/loop/pulse.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Decider } from "../../src/schema/decision.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { eventually } from "./eventually.ts";
import { within } from "./within.ts";

/** A pulse that runs until it is disposed, and what it came to so far. */
export class RunningPulse implements AsyncDisposable {
  readonly results: TickResult[] = [];
  readonly errors: Error[] = [];
  readonly waits: number[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(profile: Profile, decider?: Decider) {
    this.#ended = pulse(profile, {
      signal: this.#stop.signal,
      decider,
      onTick: (result, waitS) => {
        this.results.push(result);
        this.waits.push(waitS);
      },
      onError: (error, waitS) => {
        this.errors.push(error as Error);
        this.waits.push(waitS);
      },
    });
    // Seen by whoever disposes of it; until then it must not end the test run.
    this.#ended.catch(() => undefined);
  }

  outcomes(): string[] {
    return this.results.map(({ outcome }) => outcome);
  }

  /** How many moves it made. */
  moves(): number {
    return this.outcomes().filter((outcome) => outcome === "moved").length;
  }

  /** Waits until it has told of so many ticks and errors. */
  ticks(count: number): Promise<void> {
    return eventually(`${count} ticks`, () => this.waits.length >= count);
  }

  /** Resolves when it has ended by itself; rejects with why. */
  ended(): Promise<void> {
    return within("the end of the pulse", this.#ended);
  }

  /** Stops it without waiting for its end. */
  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended();
  }
}
