/** Cuts a text to `max` characters, the last of which is then `…`; never through a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.charCodeAt(max - 2) >> 10 === 0x36 ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

/** The candidate that a mistyped word most likely means; `null` when none is close. */
export function nearest(word: string, candidates: string[]): string | null {
  const most = word.length < 3 ? 1 : word.length < 6 ? 2 : 3;
  let best: string | null = null;
  let least = most + 1;
  for (const candidate of candidates) {
    const begun = word.length > 1 && candidate.startsWith(word);
    const distance = begun ? 1 : editDistance(word, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's: how many letters to insert, drop or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/**
 * Takes the line breaks off the end of a text. By hand, since an expression for it takes seconds on a text with very many
 * of them anywhere else.
 */
export function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n") end--;
  return text.slice(0, end);
}

/** The day of a date in the host's time zone: `2026-11-23`. */
export function localDay(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A time in the host's time zone: `09:30`. */
export function localTime(at: Date): string {
  return at.toTimeString().slice(0, 5);
}

/** When the day of a date began in the host's time zone. */
export function startOfDay(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate());
}

/**
 * Gives the local day of one time after another, ISO 8601; quick where many of the same day follow each
 * other, as in a ledger. `null` for what is no time.
 */
export function dayReader(): (iso: string) => string | null {
  let [from, to, day] = ["", "", ""];
  return (iso) => {
    // Times of this form sort as texts do.
    if (iso.length === 24 && iso >= from && iso < to) return day;
    const at = new Date(iso);
    if (Number.isNaN(at.getTime())) return null;
    const start = startOfDay(at);
    from = start.toISOString();
    to = new Date(start.getFullYear(), start.getMonth(), start.getDate() + 1).toISOString();
    return day = localDay(at);
  };
}

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

/** A duration in its largest sensible unit: `40 s`, `5 min`, `3 h`, `2 days`. A negative one is `0 s`. */
export function duration(ms: number): string {
  const s = Math.max(Math.round(ms / 1000), 0);
  if (s < 100) return `${s} s`;
  if (s < 100 * 60) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
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
