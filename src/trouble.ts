import { messageOf } from "./model/user_error.ts";
import type { TickResult } from "./model/tick_result.ts";
import type { Beat } from "./take_beat.ts";

const RUN_ID = /\d{8}t\d{6}-[0-9a-f]{8}/g;

/** Who is told of the beats of a pulse; one that throws is trouble, too, and ends nothing. */
export interface Listeners {
  /** Told of every tick, and how many seconds the pulse will wait after it unless a person wakes it. */
  onTick?(result: TickResult, waitS: number): void | Promise<void>;
  /** Told once of what goes wrong, for as long as it lasts: the pulse lives on, and tries again. */
  onError?(error: unknown, waitS: number): void | Promise<void>;
}

/** What is wrong with a pulse, beat by beat: counted for the back-off, and told once for as long as it lasts. */
export class Trouble {
  #failures = 0;
  #told = "";
  readonly #listeners: Listeners;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** How many beats went wrong in a row, this one included. */
  count({ result, error }: Beat): number {
    const failed = error !== null || result?.outcome === "failed";
    this.#failures = failed ? this.#failures + 1 : 0;
    return this.#failures;
  }

  /** Tells of a beat. Never throws: what goes wrong in telling of a tick is trouble of its own. */
  async tell({ result, error }: Beat, waitS: number): Promise<void> {
    const { onTick, onError } = this.#listeners;
    const untold = result && await whyNot(() => onTick?.(result, waitS));
    const wrong = error ?? untold;
    // A run that comes to nothing is tried anew under another name: that is the same trouble.
    const text = wrong ? messageOf(wrong).replaceAll(RUN_ID, "") : "";
    if (wrong && text !== this.#told) {
      // Who could not be told is told at the next beat.
      if (await whyNot(() => onError?.(wrong, waitS))) return;
    }
    this.#told = text;
  }
}

/** What kept something from being done; `null` where it is done. */
async function whyNot(work: () => void | Promise<void>): Promise<Error | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
