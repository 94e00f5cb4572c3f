import type { Comparison } from "../model/change.ts";
import type { State } from "../model/state.ts";

/** Whether this tick has something to decide. */
export type Due =
  | { decide: true }
  | { decide: false; because: "unchanged" }
  | { decide: false; because: "parked"; why: string };

/**
 * Tells whether there is something to decide: a change, or a last move that asked for another look, and no
 * parking that still holds.
 *
 * @param configDigest SHA-256 of the config file
 * @param now ISO 8601 in UTC
 */
export function whyDecide(
  { hash, changes }: Comparison,
  { again, parked }: State,
  configDigest: string,
  now: string,
): Due {
  if (parked && parked.config === configDigest) {
    const waits = parked.kind === "rate_limit"
      ? parked.until !== undefined && now < parked.until
      : parked.world === hash;
    if (waits) return { decide: false, because: "parked", why: parked.why };
  }
  if (changes.length > 0 || again) return { decide: true };
  return { decide: false, because: "unchanged" };
}
