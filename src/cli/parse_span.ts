import { UsageError } from "../model/user_error.ts";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };
const LEAST_MS = 100;
/** The longest that a timer can wait for, nearly. */
const MOST_MS = 2_000_000_000;

/**
 * Reads a length of time such as `2s`, `500ms`, `1m` or `2`, which are seconds; gives milliseconds.
 *
 * @throws {UsageError} for anything else, and less than a tenth of a second.
 */
export function parseSpan(text: string, usage: string): number {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  const ms = Number(count) * UNITS[unit];
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new UsageError(
    `${text} is no interval: give seconds, such as 2s, at least 0.1\nusage: ${usage}`,
  );
}
