/**
 * Hides secret values in text, JSON and streams.
 *
 * - `mask.ts`: what a mask is, and how one is made; masks JSON, and texts that arrive in pieces
 * - `values.ts`, `recognize.ts`: which values of an environment are secret, by their name or their form
 * - `matcher.ts`, `skeleton.ts`: the forms in which they stand in a text
 *
 * @module
 */

import { type Form, formsOf, Matcher, type Span } from "./matcher.ts";
import { openToken, tokensIn } from "./recognize.ts";
import { type Secret, secretsOf } from "./values.ts";

/** Hides secrets in texts. */
export interface Mask {
  /** Replaces every form of every secret with `[masked NAME]`. */
  (text: string): string;
  /**
   * Returns how many characters at the start of a text can be masked without the text that follows: no secret crosses
   * that position, not even one that continues in the following text.
   */
  settled(text: string): number;
  /** Whether there is nothing to mask. */
  readonly idle: boolean;
}

/** Matches the replacement of a secret. */
export const MASKED = /\[masked \w+\]/;

/** A mask that changes nothing. */
export const NO_MASK: Mask = Object.assign((text: string) => text, {
  settled: (text: string) => text.length,
  idle: true,
});

/**
 * Makes the mask of an environment. It masks the values of variables with a secret name (of at least 4 characters, unless
 * they are common words), of variables that `redact` names (of at least 4), and in all values what is a secret by its
 * place or form: passwords in URLs (`postgres://user:password@host`), `password=…`. In every text it masks tokens with
 * the prefix of a provider (`ghp_…`) as `[masked CREDENTIAL]`, whether or not a variable holds them.
 */
export function makeMask(environment: Record<string, string>, redact: readonly string[]): Mask {
  const finder = new Finder(secretsOf(environment, redact));
  const mask = (text: string) => {
    let masked = "";
    let at = 0;
    for (const { start, end, name } of finder.spansIn(text)) {
      masked += `${text.slice(at, start)}[masked ${name}]`;
      at = end;
    }
    return at === 0 ? text : masked + text.slice(at);
  };
  return Object.assign(mask, {
    settled: (text: string) => finder.settledIn(text),
    idle: false,
  });
}

/** Finds secrets as they are, and in other forms. */
class Finder {
  readonly #secrets: readonly Secret[];
  #made: Matcher | null = null;

  constructor(secrets: readonly Secret[]) {
    this.#secrets = secrets;
  }

  /** Made when first used: many commands mask nothing. */
  get #matcher(): Matcher {
    if (this.#made) return this.#made;
    const forms = new Map<string, Form>();
    for (const form of this.#secrets.flatMap(formsOf)) {
      const known = forms.get(form.text);
      const name = known && known.name < form.name ? known.name : form.name;
      forms.set(form.text, { ...form, name, pieces: form.pieces || known?.pieces === true });
    }
    return this.#made = new Matcher([...forms.values()]);
  }

  /** Finds the secrets of a text, in order; overlapping ones are merged under the name of the longest. */
  spansIn(text: string): Span[] {
    if (text.length < MIN_TEXT) return [];
    const found = this.#secrets.length === 0 ? [] : this.#matcher.find(text);
    // As it is, it may have what looks like an escape, or stand behind what does.
    for (const { value, name } of this.#secrets) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
        found.push({ start: at, end: at + value.length, name });
      }
    }
    for (const token of tokensIn(text)) found.push(token);
    const spans: (Span & { length: number })[] = [];
    const order = (a: Span, b: Span) => a.start - b.start || b.end - a.end;
    for (const span of found.sort(order)) {
      const last = spans.at(-1);
      const length = span.end - span.start;
      if (!last || span.start >= last.end) spans.push({ ...span, length });
      else {
        last.end = Math.max(last.end, span.end);
        if (length > last.length) [last.name, last.length] = [span.name, length];
      }
    }
    return spans;
  }

  settledIn(text: string): number {
    let end = openToken(text);
    for (const { value } of this.#secrets) {
      for (
        let length = Math.min(value.length - 1, text.length);
        text.length - length < end;
        length--
      ) {
        if (value.startsWith(text.slice(text.length - length))) end = text.length - length;
      }
    }
    const spans = this.spansIn(text);
    for (let before = -1; before !== end;) {
      before = end;
      end = this.#matcher.cut(text, end);
      // A complete secret may cross the position where another could begin.
      const next = end === text.length ? undefined : spans.find((span) => span.end > end);
      if (next) end = Math.min(next.start, end);
    }
    return end;
  }
}

/** The minimum length of a secret. */
const MIN_TEXT = 4;

/**
 * Returns a copy of a JSON value in which every text and key is masked, and every number whose digits are a secret, which
 * becomes a text.
 */
export function maskJson<T>(mask: Mask, value: T): T {
  return mask.idle ? value : masked(mask, value) as T;
}

function masked(mask: Mask, value: unknown): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value === "number" || isRawNumber(value)) {
    const digits = JSON.stringify(value);
    const text = mask(digits);
    return text === digits ? value : text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(mask, item));
  const entries = Object.entries(value).map(([key, item]) => [mask(key), masked(mask, item)]);
  return Object.fromEntries(entries);
}

/** A number that JavaScript cannot hold, as its JSON text; not in TypeScript's library yet. */
const isRawNumber = (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON;

/** Masks a text that arrives in pieces, also secrets that are split between them. */
export class MaskStream {
  readonly #mask: Mask;
  /** The possible beginning of a secret. */
  #pending = "";

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  /** Takes the next piece and returns the text that can be masked by now. */
  push(piece: string): string {
    const text = this.#pending + piece;
    const end = this.#mask.settled(text);
    this.#pending = text.slice(end);
    return this.#mask(text.slice(0, end));
  }

  /** Returns the rest of the text. */
  end(): string {
    const rest = this.#mask(this.#pending);
    this.#pending = "";
    return rest;
  }
}

/** Keeps the end of a program's output, of its streams together: masked, and without terminal control sequences. */
export class OutputTail {
  readonly #mask: Mask;
  readonly #max: number;
  readonly #streams: (() => string)[] = [];
  #tail = "";

  /** @param max its length in characters */
  constructor(mask: Mask, max: number) {
    this.#mask = mask;
    this.#max = max;
  }

  /** Makes the writer of one stream. */
  stream(): (chunk: Uint8Array) => void {
    // A chunk may end within a character or a secret, which only the same stream continues.
    const decoder = new TextDecoder();
    const masked = new MaskStream(this.#mask);
    this.#streams.push(() => masked.push(decoder.decode()) + masked.end());
    return (chunk) => this.#keep(masked.push(decoder.decode(chunk, { stream: true })));
  }

  /** Returns the tail; call it once, after the last write. */
  text(): string {
    for (const end of this.#streams) this.#keep(end());
    return this.#mask(plain(this.#tail)).slice(-this.#max).toWellFormed();
  }

  /** Keeps more than the maximum, because some of it is invisible. */
  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-4 * this.#max);
  }
}

/** Removes terminal control sequences and other invisible characters. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[^\P{Cc}\n\t]/gu, "").trim();
}
