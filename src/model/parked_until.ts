/** The longest that a rate limit parks, in milliseconds: a provider that says longer is asked again all the same. */
export const LONGEST_PARK_MS = 24 * 3_600_000;

/**
 * Until when a rate limit parks, ISO 8601 in UTC: for 24 hours at most. `null` where nothing says when it ends, or
 * it is over: then failing by itself makes the loop slower.
 *
 * @param retryAt as the provider said it
 */
export function parkedUntil(retryAt: string | undefined, now: Date): string | null {
  const at = Date.parse(retryAt ?? "");
  if (!(at > now.getTime())) return null;
  return new Date(Math.min(at, now.getTime() + LONGEST_PARK_MS)).toISOString();
}
