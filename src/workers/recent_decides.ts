import { readLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";

/** The span that `decides_per_hour` counts, in milliseconds. */
export const HOUR_MS = 3_600_000;

/**
 * When each decision of the last hour that a runner was asked for ended, in milliseconds since 1970, oldest first.
 * One whose first answer was refused is one decision. Those that end in the future do not count: the clock was
 * set back.
 *
 * @param except the run that asks: it does not count itself
 */
export async function recentDecides(profile: Profile, except?: string): Promise<number[]> {
  const now = profile.clock.now().getTime();
  const ends = new Map<string, number>();
  for await (const lines of readLedger(profile, { since: new Date(now - HOUR_MS) })) {
    for (const { kind, id, ts } of lines) {
      const at = Date.parse(ts);
      const recent = at > now - HOUR_MS && at <= now;
      if (kind !== "worker" && recent && id !== except) ends.set(id, at);
    }
  }
  return [...ends.values()].sort((a, b) => a - b);
}
