const seconds = { d: 86_400, h: 3_600, m: 60, s: 1 };
const longest = 366 * 86_400;

/**
 * When an error message says that it is worth trying again: "try again in 1h 20m", "in 20s", "in 3 days 4
 * hours", "at 5:43 AM", "at Nov 25th, 2026 5:43 AM" (both in local time, as the programs mean it).
 *
 * @returns ISO 8601 in UTC; `undefined` where the message says nothing of the kind, or more than a year.
 */
export function retryAt(message: string, now: Date): string | undefined {
  const span = /(?:again|retry|reset\w*) (?:in|after) ((?:\d+(?:\.\d+)? ?[a-z]+[ ,]*)+)/i.exec(
    message,
  );
  if (span) return afterSeconds(spanSeconds(span[1]), now);
  const time =
    /again at (?:([a-z]{3}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? )?(\d{1,2}):(\d\d) ?([ap])m/i
      .exec(message);
  if (!time) return undefined;
  const [, month, day, year, hour, minute, half] = time;
  // Only a copy of `now` and the text decide, never the clock.
  const at = month ? new Date(`${month} ${day} ${year}`) : new Date(now.getTime());
  at.setHours(Number(hour) % 12 + (half.toLowerCase() === "p" ? 12 : 0), Number(minute), 0, 0);
  // The seconds were left out: only after that minute is it surely over.
  at.setMinutes(at.getMinutes() + 1);
  if (!month && at <= now) at.setDate(at.getDate() + 1);
  return isWithinAYear(at, now) ? at.toISOString() : undefined;
}

/** The moment so many seconds after `now`, ISO 8601 in UTC; `undefined` unless within a year. */
export function afterSeconds(count: number, now: Date): string | undefined {
  if (!(count >= 0 && count <= longest)) return undefined;
  return new Date(now.getTime() + count * 1000).toISOString();
}

/** Whether a moment is none that nobody means; one that passed is fine. `false` for an invalid date. */
export function isWithinAYear(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() <= longest * 1000;
}

function spanSeconds(text: string): number {
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)) {
    const key = unit.toLowerCase();
    if (key === "ms" || key.startsWith("milli")) total += Number(count) / 1000;
    else if (key[0] in seconds) total += Number(count) * seconds[key[0] as keyof typeof seconds];
  }
  return total;
}
