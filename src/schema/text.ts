import { stripAnsiCode } from "@std/colors";
import { levenshteinDistance } from "@std/text";

/** Truncates a text to `max` characters, the last of them `…`; never splits a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.charCodeAt(max - 2) >> 10 === 0x36 ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

/**
 * Returns the candidate that a mistyped or shortened word most likely means; `null` if none is close, or it could begin
 * several. A word is close with one typing error, a long one with two: more would suggest what was not meant.
 */
export function nearest(word: string, candidates: string[]): string | null {
  const typed = word.toLowerCase();
  const begun = typed.length > 1 ? candidates.filter((name) => name.startsWith(typed)) : [];
  if (begun.length > 0) return begun.length === 1 ? begun[0] : null;
  const max = typed.length < 3 ? 0 : typed.length < 8 ? 1 : 2;
  const distances = candidates.map((name) => {
    const errors = typingErrors(typed, name.toLowerCase());
    // Another first letter mostly makes another word, such as bill and kill, or task and ask.
    const isOther = name[0]?.toLowerCase() !== typed[0] && (errors > 1 || name.length < 6);
    return isOther && !isSwapped(typed, name.toLowerCase()) ? Infinity : errors;
  });
  const min = Math.min(...distances);
  return min > max ? null : candidates[distances.indexOf(min)] ?? null;
}

/** Counts characters that are missing, too many, wrong, or swapped with the next. */
function typingErrors(typed: string, name: string): number {
  return isSwapped(typed, name) ? 1 : levenshteinDistance(typed, name);
}

/** Reports whether two neighbouring characters are swapped, and nothing else. */
function isSwapped(typed: string, name: string): boolean {
  const at = [...name].findIndex((character, i) => character !== typed[i]);
  return at >= 0 && name.slice(0, at) + name.slice(at + 1, at + 2) + name.slice(at, at + 1) +
          name.slice(at + 2) === typed;
}

/** Removes line breaks from the end of a text. A regular expression takes seconds on texts with very many of them. */
export function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

/** Returns the day of a date in the host's time zone: `2026-11-23`. */
export function localDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A time in the host's time zone: `09:30`. */
export function localTime(at: Date): string {
  return at.toTimeString().slice(0, 5);
}

/** A time (ISO 8601) in the host's time zone, such as `2026-11-23 09:30`; an invalid one as it is. */
export function localDateTime(iso: string): string {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : `${localDay(at)} ${localTime(at)}`;
}

/** When the day of a date began in the host's time zone. */
export function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/**
 * Makes a function from times (ISO 8601) to local days, `null` for an invalid time. It is fast if consecutive times are of
 * the same day, as in a ledger.
 */
export function dayReader(): (iso: string) => string | null {
  let [from, to, day] = ["", "", ""];
  return (iso) => {
    // Times of this length sort like text.
    if (iso.length === 24 && iso >= from && iso < to) return day;
    const at = new Date(iso);
    if (Number.isNaN(at.getTime())) return null;
    const start = startOfDay(at);
    from = start.toISOString();
    to = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1).toISOString();
    return day = localDay(at);
  };
}

/** The maximum time that the loop is parked, in milliseconds: looop retries earlier than a provider that reports more. */
export const LONGEST_PARK_MS = 24 * 3_600_000;

/** A duration in its largest sensible unit: `40 s`, `5 min`, `3 h`, `2 days`. A negative one is `0 s`. */
export function duration(ms: number): string {
  const s = Math.max(Math.round(ms / 1000), 0);
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

const UNITS_MS: Record<string, number> = {
  ...{ ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 },
};

/** Reads a duration such as `30`, `90s`, `5m`, `2h`, `1d` or `500ms`; a number alone is in seconds. `NaN` for others. */
export function durationMs(text: string): number {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  return Number(count) * UNITS_MS[unit];
}

/** Decodes UTF-8, without a byte order mark; `null` if the bytes are not valid. */
export function decodeUtf8(bytes: Uint8Array<ArrayBuffer>): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Splits a stream of UTF-8 bytes into lines, without their LF. */
export class LineSplitter {
  #rest = "";
  // Otherwise Deno removes a byte order mark from the middle of a text if a piece begins with it.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Length of the unfinished line in characters. */
  get pending(): number {
    return this.#rest.length;
  }

  /** Returns the lines that these bytes complete. */
  push(chunk: Uint8Array): string[] {
    // Only the new text is searched: a long line arrives in hundreds of pieces.
    const lines = this.#decoder.decode(chunk, { stream: true }).split("\n");
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  /** Returns the last line, if it lacks its LF. */
  end(): string[] {
    return this.#rest === "" ? [] : [this.#rest];
  }
}

/** Formats a count with its noun: `1 file`, `2 files`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Formats US dollars: `$12.34`, below a dollar `$0.0123`. */
export function usd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

/** Formats US dollars as an argument of a program: `0.25`, with at most six decimals. */
export function plainUsd(dollars: number): string {
  return dollars.toFixed(6).replace(/\.?0+$/, "");
}

/** Quotes words for bash. */
export function quoteWords(...words: string[]): string {
  return words.map(quoteWord).join(" ");
}

/** Quotes a text as one word for bash. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Removes colours, control characters and direction marks, with which a model's text could move the cursor, change
 * the terminal's title or reorder the line; tabs and line breaks stay.
 */
export function plainText(text: string): string {
  return stripAnsiCode(text)
    // deno-lint-ignore no-control-regex
    .replaceAll(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
}

/**
 * Characters that control a terminal or are invisible: control characters, line separators, characters that change
 * the direction of a text or have no width, and halves of surrogate pairs. Emoji may be joined by U+200D and
 * presented by U+FE0E and U+FE0F, digits only as keycaps.
 */
export const UNSEEN =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}])(?!\ufe0f\u20e3)[\ufe0e\ufe0f]|(?![\n\u200d\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
