import type { Profile } from "../profile/profile.ts";
import type { Config } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import type { State } from "../schema/state.ts";
import type { TickResult } from "../schema/tick_result.ts";

/** The result of one iteration of a pulse. */
export interface Iteration {
  /** `null` if the tick threw. */
  result: TickResult | null;
  /** What went wrong in or after the tick. */
  error: Error | null;
  /** The config that the tick ran on. */
  config: Config;
  /** Whether a worker is alive. */
  working: boolean;
  /** Seconds until the next slot of a schedule. Default: `null`, there is none, or it is due already */
  untilSlotS?: number | null;
}

const FIRST_BACK_OFF_S = 60;
const MAX_BACK_OFF_S = 300;
/** The shortest wait that a move can ask for, in seconds. */
const MIN_NEXT_S = 5;
const AFTER_APPROVED_S = 1;

/**
 * Decides when a pulse ticks next:
 *
 * | iteration | wait |
 * |---|---|
 * | error, or a failed decision | 60 s, doubled with each in a row, at most 300 s |
 * | an approved move | 1 s: the user may have approved several |
 * | a move with `next_interval_s` | that, from 5 s to `max_next_interval` |
 * | a move other than `noop` | `busy_interval` |
 * | any other while a worker is alive | `active_interval` |
 * | any other | `interval` |
 *
 * The next slot of a schedule ends each of these waits.
 *
 * @param failed how many iterations before this one failed in a row
 * @returns seconds to wait, unless the user changes something, and how many failed in a row now
 */
export function nextTick(
  iteration: Iteration,
  failed = 0,
): { waitS: number; failures: number } {
  const { waitS, failures } = waitOf(iteration, failed);
  return { waitS: Math.min(waitS, iteration.untilSlotS ?? Infinity), failures };
}

/** Returns how many seconds from now the next slot of a schedule comes; `null` if none does. */
export function untilSlot({ schedules }: State, now: Date): number | null {
  const waits = Object.values(schedules)
    .map(({ next }) => (Date.parse(next ?? "") - now.getTime()) / 1000)
    // A slot that is due already waits for what keeps it from being handled.
    .filter((waitS) => waitS > 0);
  return waits.length === 0 ? null : Math.min(...waits);
}

function waitOf(
  { result, error, config, working }: Iteration,
  failed: number,
): { waitS: number; failures: number } {
  if (error || result?.outcome === "failed") {
    const waitS = Math.min(FIRST_BACK_OFF_S * 2 ** failed, MAX_BACK_OFF_S);
    return { waitS, failures: failed + 1 };
  }
  const moved = result?.outcome === "moved" ? result : null;
  if (moved?.decision.by === "approval" && moved.result.status === "made") {
    return { waitS: AFTER_APPROVED_S, failures: 0 };
  }
  const move = moved?.decision.move;
  const asked = move?.next_interval_s;
  if (asked !== undefined) {
    const waitS = Math.min(Math.max(asked, MIN_NEXT_S), config.max_next_interval);
    return { waitS, failures: 0 };
  }
  if (move && move.action !== "noop") return { waitS: config.busy_interval, failures: 0 };
  return { waitS: working ? config.active_interval : config.interval, failures: 0 };
}

/** Who is told of the iterations of a pulse. One that throws is reported too, and stops nothing. */
export interface Listeners {
  /** Receives each result, with the seconds until the next tick unless the user changes something. */
  onTick?(result: TickResult, waitS: number): void | Promise<void>;
  /** Receives an error once for as long as it lasts: the pulse goes on, and tries again. */
  onError?(error: unknown, waitS: number): void | Promise<void>;
  /**
   * Receives why the config file cannot be used, once for as long as that lasts, and `null` when it can be used again. Default:
   * looop warns.
   */
  onConfigProblem?(problem: string | null): void | Promise<void>;
  /** Called when an ask or a flag may be new, also while a tick takes minutes. */
  onDemand?(): void | Promise<void>;
}

const RUN_ID = /\d{8}t\d{6}-[0-9a-f]{8}/g;

/**
 * Passes an iteration to the listeners. Never throws.
 *
 * @param reported what the previous call returned
 * @returns the error that was reported and lasts; `""`: none.
 */
export async function report(
  { result, error }: Iteration,
  waitS: number,
  reported: string,
  { onTick, onError }: Listeners,
): Promise<string> {
  const thrown = result && await errorOf(() => onTick?.(result, waitS));
  const found = error ?? thrown;
  if (!found) return "";
  // Each attempt has another run id, but the error is the same.
  const text = messageOf(found).replaceAll(RUN_ID, "");
  if (text === reported) return text;
  // An error that could not be reported is reported after the next iteration.
  return await errorOf(() => onError?.(found, waitS)) ? reported : text;
}

/** Passes what is wrong with the config to the listener; `null`: nothing any more. Never throws. */
export async function reportConfig(
  problem: string | null,
  { onConfigProblem }: Listeners,
  { warn }: Pick<Profile, "warn">,
): Promise<void> {
  if (!onConfigProblem) return warn(problem ?? "the config can be used again");
  const error = await errorOf(() => onConfigProblem(problem));
  if (error) warn(messageOf(error));
}

async function errorOf(work: () => void | Promise<void>): Promise<Error | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return toError(error);
  }
}

/** Returns what was thrown as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
