import type { Comparison } from "../model/change.ts";
import { LONGEST_PARK_MS } from "../model/parked_until.ts";
import type { Parked, State } from "../model/state.ts";

/** Whether this tick has something to decide. */
export type Due =
  | { decide: true }
  | { decide: false; because: "unchanged" }
  | { decide: false; because: "parked" | "damped"; why: string };

/** Milliseconds after which a world is decided again although nothing changed since a decider saw nothing to do. */
const NOOP_AGES_MS = 6 * 3_600_000;
/** Milliseconds between two decisions on nothing but sensors that change all the time. */
const DAMPED_MS = 10 * 60_000;

/**
 * Tells whether there is something to decide: a change, a last move that asked for another look, or a `noop` that
 * has grown old; and no parking that still holds, nor only changes that come all the time.
 *
 * @param configDigest SHA-256 of the config file
 * @param now ISO 8601 in UTC
 */
export function whyDecide(
  { hash, changes, flapping = [] }: Comparison,
  { again, parked, noop_at, decided_at }: State,
  configDigest: string,
  now: string,
): Due {
  if (parked?.config === configDigest && waits(parked, hash, now)) {
    return { decide: false, because: "parked", why: parked.why };
  }
  if (again || since(noop_at, now) >= NOOP_AGES_MS) return { decide: true };
  if (changes.length === 0) return { decide: false, because: "unchanged" };
  const flaps = new Set(flapping.map((name) => `sensor:${name}`));
  const steady = changes.some(({ key }) => !flaps.has(key));
  if (steady || !(since(decided_at, now) < DAMPED_MS)) return { decide: true };
  const names = changes.map(({ key }) => key.slice("sensor:".length)).join(", ");
  return {
    decide: false,
    because: "damped",
    why:
      `only what changes on every tick has changed, and the last decision is not 10 minutes old: ${names}`,
  };
}

/** An end that is further off than any limit can park was written before the clock was set back. */
function waits({ kind, until, world }: Parked, hash: string, now: string): boolean {
  if (kind !== "rate_limit") return world === hash;
  const left = Date.parse(until ?? "") - Date.parse(now);
  return left > 0 && left <= LONGEST_PARK_MS;
}

/**
 * Milliseconds between then and now; `NaN` where there is no then. What lies in the future counts as if it lay as
 * far in the past: a clock that was set back far keeps nothing waiting for as long, and what is decided then is
 * noted at the new time.
 */
function since(then: string | null, now: string): number {
  return Math.abs(Date.parse(now) - Date.parse(then ?? ""));
}
