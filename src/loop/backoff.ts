import type { Config } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import type { TickResult } from "../schema/status.ts";
import type { Iteration } from "./pulse.ts";

const RUN_ID = /\d{8}t\d{6}-[0-9a-f]{8}/g;

/** Who is told of the beats of a pulse; one that throws is trouble, too, and ends nothing. */
export interface Listeners {
  /** Told of every tick, and how many seconds the pulse will wait after it unless a person wakes it. */
  onTick?(result: TickResult, waitS: number): void | Promise<void>;
  /** Told once of what goes wrong, for as long as it lasts: the pulse lives on, and tries again. */
  onError?(error: unknown, waitS: number): void | Promise<void>;
}

/** What is wrong with a pulse, beat by beat: counted for the back-off, and told once for as long as it lasts. */
export class ErrorReporter {
  #failures = 0;
  #told = "";
  readonly #listeners: Listeners;

  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /** How many beats went wrong in a row, this one included. */
  count({ result, error }: Iteration): number {
    const failed = error !== null || result?.outcome === "failed";
    this.#failures = failed ? this.#failures + 1 : 0;
    return this.#failures;
  }

  /** Tells of a beat. Never throws: what goes wrong in telling of a tick is trouble of its own. */
  async tell({ result, error }: Iteration, waitS: number): Promise<void> {
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

/** The shortest wait that a move can ask for, in seconds. */
const MIN_NEXT_S = 5;
const MAX_BACK_OFF_S = 300;

/**
 * Seconds until the next tick.
 *
 * @param failures how many ticks failed in a row, this one included
 * @param working whether a worker lives
 */
export function nextWait(
  result: TickResult | null,
  config: Config,
  failures: number,
  working = false,
): number {
  if (failures > 0) return Math.min(60 * 2 ** (failures - 1), MAX_BACK_OFF_S);
  const usual = working ? config.active_interval : config.interval;
  if (result?.outcome !== "moved") return usual;
  const { next_interval_s, action } = result.decision.move;
  if (next_interval_s !== undefined) {
    return Math.min(Math.max(next_interval_s, MIN_NEXT_S), config.max_next_interval);
  }
  return action === "noop" ? usual : config.busy_interval;
}
