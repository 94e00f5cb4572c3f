/** How a program reports when a limit ends, in text and in headers. */

/** Seconds of each unit that a message may name. */
const UNITS: [RegExp, number][] = [
  [/^(ms|msecs?|milli\w*)$/, 0.001],
  [/^s(ecs?|econds?)?$/, 1],
  [/^m(ins?|inutes?)?$/, 60],
  [/^h(rs?|ours?)?$/, 3_600],
  [/^d(ays?)?$/, 86_400],
  [/^w(ks?|eeks?)?$/, 7 * 86_400],
];
const MAX_SECONDS = 366 * 86_400;

/** Reports whether a date is plausible: at most a year ahead; one that passed is fine. `false` for an invalid date. */
export function isWithinAYear(at: Date, now: Date): boolean {
  return at.getTime() - now.getTime() <= MAX_SECONDS * 1000;
}

/** The time so many seconds after `now`, ISO 8601 in UTC; `undefined` unless within a year. */
export function afterSeconds(count: number, now: Date): string | undefined {
  if (!(count >= 0 && count <= MAX_SECONDS)) return undefined;
  return new Date(now.getTime() + count * 1000).toISOString();
}

/**
 * A Unix time in seconds, or in milliseconds as some providers send it, as ISO 8601 in UTC; `undefined` for an
 * implausible time, or one more than a year ahead.
 */
export function unixTime(count: number | null | undefined, now: Date): string | undefined {
  const given = count ?? 0;
  const at = new Date(given > 1e11 ? given : given * 1000);
  return at.getTime() > 0 && isWithinAYear(at, now) ? at.toISOString() : undefined;
}

/**
 * Finds the time of the next retry in HTTP headers, whose names may have any case: `retry-after-ms`, `retry-after` (seconds
 * or a date) and the reset headers of OpenAI, Anthropic and OpenRouter.
 *
 * @returns ISO 8601 in UTC; `undefined` if they name no plausible time.
 */
export function retryHeader(headers: Record<string, string>, now: Date): string | undefined {
  const named = new Map(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
  const wait = named.get("retry-after-ms");
  if (wait !== undefined && /^\d+$/.test(wait)) return afterSeconds(Number(wait) / 1000, now);
  const resets = [...named].filter(([key]) => /ratelimit.*reset/.test(key)).map(([, value]) =>
    value
  );
  const times = [named.get("retry-after"), ...resets].map((value) => headerTime(value ?? "", now));
  return times.find((time) => time !== undefined);
}

function headerTime(value: string, now: Date): string | undefined {
  if (/^\d+(\.\d+)?$/.test(value)) {
    return Number(value) > 1e9 ? unixTime(Number(value), now) : afterSeconds(Number(value), now);
  }
  if (/^(\d+(\.\d+)?[a-z]+)+$/.test(value)) return afterSeconds(spanSeconds(value), now);
  const at = new Date(/[a-z]{3}|\d-\d/i.test(value) ? value : NaN);
  return isWithinAYear(at, now) ? at.toISOString() : undefined;
}

/** Keys that providers put into JSON, which some programs print as it is. */
const SECONDS_KEY =
  /(?:"?(?:resets?_(?:in|after)_seconds|retry[-_]?after(?:[-_]?seconds)?)"?\s*[:=]\s*"?(?=\d)|\bretry after (?=\d+(?:[.,;)]?$|[.,;)] )))(\d+(?:\.\d+)?)\b/i;
const SPAN_KEY = /"(?:retryDelay|quotaResetDelay)"\s*:\s*"((?:\d+(?:\.\d+)?[a-z]+)+)"/i;
const MS_KEY = /retry[-_]?after[-_]?ms"?\s*[:=]\s*"?(\d+)\b/i;
const UNIX_KEY =
  /(?:"?(?:resets?_?at|x-ratelimit-reset)"?\s*[:=]\s*"?|limit reached\|)(\d{10}(?:\d{3})?)\b/i;

const NUMBER_AND_UNIT = String.raw`\d+(?:\.\d+)? ?[a-z]+`;
const SPAN = new RegExp(
  String
    .raw`(?:again|retry|retrying|resets?|resetting|wait|waiting|renews?|refresh(?:es)?|available|requested|come back)\b` +
    String.raw`:?(?: (?:in:?|after|for|at least|about|around|approximately))* ?~?` +
    `(?:${NUMBER_AND_UNIT}[ ,]*(?:and )?)+`,
  "i",
);
const ONE =
  /(?:again|retry|resets?|wait|available) (?:in|after|for)(?: about)? (?:an?|one|half an?) (second|minute|hour|day|week)\b/i;
const COUNTDOWN = /(?:again|retry|resets?|available) in (\d{1,2}):(\d\d):(\d\d)\b/i;

/**
 * Finds the time of the next retry in an error message of one of the runners:
 *
 * - "try again in 1h 20m", "retry after 20s", "resets in 3 days 4 hours", "Try again in ~45 min.", "in an hour", "in
 *   01:20:00"
 * - "try again at 5:43 AM", "try again at Nov 25th, 2026 5:43 AM", "resets 5:47am (UTC)", "resets Nov 25, 5am
 *   (Europe/Berlin)", "resets Mon 9:00 AM", "resets tomorrow at noon", "resets at 2026-11-25T05:43:00Z", "regain access on
 *   2026-12-01 at 00:00 UTC"; in local time unless it names a zone
 * - a provider's JSON: `"resets_at": 1795412843`, `"resets_in_seconds": 300`, `"retryDelay": "34s"`
 *
 * @returns ISO 8601 in UTC; `undefined` if the message names no time, or one more than a year ahead.
 */
export function retryAt(message: string, now: Date): string | undefined {
  const unix = UNIX_KEY.exec(message);
  if (unix) return unixTime(Number(unix[1]), now);
  const count = SECONDS_KEY.exec(message);
  if (count) return afterSeconds(Number(count[1]), now);
  const delay = SPAN_KEY.exec(message);
  if (delay) return afterSeconds(spanSeconds(delay[1]), now);
  const ms = MS_KEY.exec(message);
  if (ms) return afterSeconds(Number(ms[1]) / 1000, now);
  const span = SPAN.exec(message);
  if (span && units(span[0]).length > 0) return afterSeconds(spanSeconds(span[0]), now);
  const one = ONE.exec(message);
  if (one) return afterSeconds(spanSeconds(`${/half/i.test(one[0]) ? 0.5 : 1} ${one[1]}`), now);
  const [, h, min, s] = COUNTDOWN.exec(message) ?? [];
  if (h !== undefined) return afterSeconds(Number(h) * 3600 + Number(min) * 60 + Number(s), now);
  return isoTime(message, now) ?? clockTime(message, now);
}

function units(text: string): [count: number, seconds: number][] {
  return [...text.matchAll(/(\d+(?:\.\d+)?) ?([a-z]+)/gi)].flatMap(([, count, unit]) => {
    const found = UNITS.find(([pattern]) => pattern.test(unit.toLowerCase()));
    return found ? [[Number(count), found[1]] as [number, number]] : [];
  });
}

function spanSeconds(text: string): number {
  return units(text).reduce((sum, [count, seconds]) => sum + count * seconds, 0);
}

/** Words before a time at which a limit ends. */
const BEFORE = String
  .raw`(?:again|retry|resets?|renews?|refresh(?:es)?|available|until|come back|regain access)(?:[ -](?:daily|at|on|after)){0,2}:? `;
const ISO = new RegExp(
  String
    .raw`(?:${BEFORE}|(?:resets?_at|ResetTimeStamp)"? ?[:=] ?)"?(\d{4}-\d\d-\d\d)(?:(?:[T ]|,? at )(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)? ?(Z|UTC|GMT|[+-]\d\d:?\d\d)?`,
  "i",
);

function isoTime(message: string, now: Date): string | undefined {
  const found = ISO.exec(message);
  if (!found) return undefined;
  const [, day, time = "00:00", zone = ""] = found;
  const at = new Date(`${day}T${time}${/^[a-z]/i.test(zone) ? "Z" : zone}`);
  return isWithinAYear(at, now) ? at.toISOString() : undefined;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");
const CLOCK = new RegExp(
  BEFORE + `(?:(?:${DAYS.join("|")})[a-z]*\\.?,? (?=[a-z]{3,}\\.? \\d|\\d{1,2} [a-z]{3}))?` +
    String
      .raw`(?:(?<first>\d{1,2}(?= [a-z]{3,}\.?,? (?:\d|at )) )?(?<name>[a-z]{3})[a-z]*\.?(?: (?<second>\d{1,2})(?:st|nd|rd|th)?(?! ?[ap]\.?m\b|[:\d]))?(?:,? (?<year>\d{4}))?,? (?:at )?)?` +
    String.raw`(?<hour>\d{1,2})(?::(?<minute>\d\d))?(?::\d\d)? ?(?:(?<half>[ap])\.?m\b\.?)?` +
    String.raw`(?: ?\(?(?<zone>(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|[a-z]+(?:\/[a-z_+-]+\d*)*)\)?)?`,
  "i",
);
/** Hours from UTC of abbreviations that `Intl` does not know. */
const ABBREVIATIONS: Record<string, number> = {
  ...{ PST: -8, PDT: -7, MDT: -6, CST: -6, CDT: -5, EDT: -4, BST: 1, CEST: 2, EEST: 3, JST: 9 },
};

/** A time of day, the next one unless the message names the day. */
function clockTime(message: string, now: Date): string | undefined {
  const words = message.replace(/\bnoon\b/i, "12:00 pm").replace(/\bmidnight\b/i, "12:00 am");
  const found = CLOCK.exec(words)?.groups;
  if (!found) return undefined;
  const { name = "", first, second, year, hour, minute = "0", half, zone } = found;
  const day = first ?? second;
  // A number alone is not a time.
  if (half === undefined && found.minute === undefined) return undefined;
  const month = day === undefined ? -1 : MONTHS.indexOf(name.toLowerCase());
  const weekday = day === undefined ? DAYS.indexOf(name.toLowerCase()) : -1;
  const isTomorrow = /^tom$/i.test(name);
  if (name !== "" && month < 0 && weekday < 0 && !/^(tom|tod)$/i.test(name)) return undefined;
  const clock = new ZoneClock(zone);
  const today = clock.partsOf(now);
  const hours = half === undefined
    ? Number(hour)
    : Number(hour) % 12 + (half.toLowerCase() === "p" ? 12 : 0);
  const at = (years: number, months: number, days: number) =>
    // The message omits the seconds: only after that minute has the limit surely ended.
    clock.dateOf(years, months, days, hours, Number(minute) + 1);
  let end: Date;
  if (month >= 0) {
    end = at(Number(year ?? today.year), month, Number(day));
    // In December, a day of January is one of the next year.
    const isLongPast = now.getTime() - end.getTime() > 180 * 86_400_000;
    if (year === undefined && isLongPast) end = at(today.year + 1, month, Number(day));
  } else {
    const ahead = weekday < 0 ? Number(isTomorrow) : (weekday - today.weekday + 7) % 7;
    const step = weekday < 0 ? 1 : 7;
    end = at(today.year, today.month, today.day + ahead);
    if (end <= now) end = at(today.year, today.month, today.day + ahead + step);
  }
  return isWithinAYear(end, now) ? end.toISOString() : undefined;
}

/** The name of a zone for `Intl`, which takes an offset only as `+01:00`. */
function zoneName(zone: string): string {
  const [, sign, hours, minutes = "00"] = /^(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?$/i.exec(zone) ?? [];
  if (sign !== undefined) return `${sign}${hours.padStart(2, "0")}:${minutes}`;
  const offset = ABBREVIATIONS[zone.toUpperCase()];
  return offset === undefined ? zone : zoneName(`${offset < 0 ? "-" : "+"}${Math.abs(offset)}`);
}

/** Dates of a time zone; of the machine's own if the name is unknown or absent. */
class ZoneClock {
  readonly #format?: Intl.DateTimeFormat;

  constructor(zone?: string) {
    if (zone === undefined) return;
    try {
      this.#format = new Intl.DateTimeFormat("en-US", {
        ...{
          timeZone: zoneName(zone),
          hourCycle: "h23",
          year: "numeric",
          month: "numeric",
          day: "numeric",
        },
        ...{ hour: "numeric", minute: "numeric", second: "numeric" },
      });
    } catch {
      // An abbreviation or another word.
    }
  }

  /** The day of a date. */
  partsOf(at: Date): { year: number; month: number; day: number; weekday: number } {
    const there = this.#format ? new Date(this.#wall(at)) : at;
    const local = this.#format === undefined;
    return {
      year: local ? there.getFullYear() : there.getUTCFullYear(),
      month: local ? there.getMonth() : there.getUTCMonth(),
      day: local ? there.getDate() : there.getUTCDate(),
      weekday: local ? there.getDay() : there.getUTCDay(),
    };
  }

  /** The moment at which the clocks there show this. */
  dateOf(year: number, month: number, day: number, hour: number, minute: number): Date {
    if (!this.#format) return new Date(year, month, day, hour, minute);
    const wanted = Date.UTC(year, month, day, hour, minute);
    let at = new Date(wanted);
    // Twice, since the offset may change between the first guess and the result.
    for (let i = 0; i < 2; i++) at = new Date(at.getTime() + wanted - this.#wall(at));
    return at;
  }

  /** What the clocks there show at a moment, as if that were UTC, in milliseconds. */
  #wall(at: Date): number {
    if (Number.isNaN(at.getTime())) return NaN;
    const part = Object.fromEntries(
      this.#format!.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  }
}
