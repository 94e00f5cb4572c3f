import { type Skeleton, skeletonOf } from "./skeleton.ts";
import type { Secret } from "./values.ts";

/** One form of a secret, as it stands in the skeleton of a text. */
export interface Form {
  text: string;
  /** The name of its environment variable. */
  name: string;
  /** Whether a long enough piece of it is masked, too, such as one line of several. */
  pieces: boolean;
}

/** A part of a text that is to be hidden. */
export interface Span {
  start: number;
  end: number;
  name: string;
}

/** The minimum length of a form: so many characters find it. */
export const MIN_FORM = 4;
/** The minimum length of a piece, in characters. */
const MIN_PIECE = 24;
/** A piece is found from every fourth character of the form on. */
const STRIDE = 4;

/** Finds forms of secrets in texts: all of them in one pass over the skeleton. */
export class Matcher {
  readonly #names: string[];
  readonly #codes: Uint16Array[];
  /** How many characters have to match. */
  readonly #minima: Int32Array;
  /** Of each place where a match may begin: the form, the index in it, and the next place with the same hash. */
  readonly #form: Int32Array;
  readonly #from: Int32Array;
  readonly #next: Int32Array;
  /** Hash of four characters → the first such place, or -1. */
  readonly #heads: Int32Array;
  readonly #shift: number;
  /** What shorter tails of a text may continue as; made when a text arrives in pieces. */
  #beginnings: Set<string> | null = null;
  readonly #longest: number;
  /** Of each form, the last match: its end, and the index at which the whole form would begin. */
  readonly #ended: Int32Array;
  readonly #begun: Int32Array;

  constructor(forms: readonly Form[]) {
    this.#names = forms.map(({ name }) => name);
    this.#codes = forms.map(({ text }) => codesOf(text));
    this.#minima = Int32Array.from(
      forms,
      ({ text, pieces }) => pieces ? Math.min(MIN_PIECE, text.length) : text.length,
    );
    this.#longest = forms.reduce((max, { text }) => Math.max(max, text.length), 0);
    this.#ended = new Int32Array(forms.length);
    this.#begun = new Int32Array(forms.length);
    const places: [form: number, from: number][] = [];
    forms.forEach(({ text }, form) => {
      for (let from = 0; from <= text.length - this.#minima[form]; from += STRIDE) {
        places.push([form, from]);
      }
    });
    this.#form = Int32Array.from(places, ([form]) => form);
    this.#from = Int32Array.from(places, ([, from]) => from);
    this.#next = new Int32Array(places.length);
    const bits = Math.max(8, Math.ceil(Math.log2(8 * places.length + 1)));
    this.#shift = 32 - bits;
    this.#heads = new Int32Array(1 << bits).fill(-1);
    places.forEach(([form, from], place) => {
      const hash = hashAt(this.#codes[form], from) >>> this.#shift;
      this.#next[place] = this.#heads[hash];
      this.#heads[hash] = place;
    });
  }

  /** Finds every form in a text, by their beginnings; they may overlap. */
  find(text: string): Span[] {
    const spans: Span[] = [];
    let size = PIECE;
    for (let base = 0;;) {
      const skeleton = skeletonOf(text.slice(base, base + size));
      const found = this.#spansIn(skeleton, base);
      if (base + size >= text.length) return spans.length === 0 ? found : spans.concat(found);
      let open = base + this.#openIn(skeleton);
      // The next piece begins where nothing is cut.
      for (const { start, end } of found.toReversed()) if (end > open) open = Math.min(open, start);
      for (const span of found) if (span.end <= open) spans.push(span);
      // A form that is longer than the piece needs a longer one.
      size = open === base ? 2 * size : PIECE;
      base = open;
    }
  }

  /** Returns where a text may be cut, at `cut` or before: the following text completes no form that begins earlier. */
  cut(text: string, cut: number): number {
    const skeleton = skeletonOf(text, cut);
    return Math.min(skeleton.cut, this.#openIn(skeleton));
  }

  #spansIn({ codes, length, starts, ends }: Skeleton, base: number): Span[] {
    const heads = this.#heads;
    const shift = this.#shift;
    const found: Span[] = [];
    this.#ended.fill(-1);
    for (let at = 0; at + MIN_FORM <= length; at++) {
      for (let i = heads[hashAt(codes, at) >>> shift]; i >= 0; i = this.#next[i]) {
        const form = this.#form[i];
        const from = this.#from[i];
        // It was found from an earlier character on.
        if (this.#ended[form] > at && this.#begun[form] === at - from) continue;
        const matched = matchedAt(codes, at, length, this.#codes[form], from);
        if (matched < this.#minima[form]) continue;
        this.#ended[form] = at + matched;
        this.#begun[form] = at - from;
        const end = base + ends[at + matched - 1];
        found.push({ start: base + starts[at], end, name: this.#names[form] });
      }
    }
    return found;
  }

  /** Returns where in a text a form begins that the following text may complete; its length if none does. */
  #openIn({ starts, ends, codes, open, length }: Skeleton): number {
    let known = length;
    // What an open escape stands for is unknown.
    while (known > 0 && ends[known - 1] > open) known--;
    for (let at = Math.max(0, known - this.#longest); at < known; at++) {
      if (this.#mayContinue(codes, at, known)) return Math.min(open, starts[at]);
    }
    return open;
  }

  /** Reports whether the characters from an index to the end are the beginning of more. */
  #mayContinue(codes: Uint16Array, at: number, length: number): boolean {
    if (length - at < MIN_FORM) {
      this.#beginnings ??= this.#makeBeginnings();
      return this.#beginnings.has(String.fromCharCode(...codes.subarray(at, length)));
    }
    for (let i = this.#heads[hashAt(codes, at) >>> this.#shift]; i >= 0; i = this.#next[i]) {
      const [own, from] = [this.#codes[this.#form[i]], this.#from[i]];
      if (own.length - from <= length - at) continue;
      if (at + matchedAt(codes, at, length, own, from) === length) return true;
    }
    return false;
  }

  #makeBeginnings(): Set<string> {
    const beginnings = new Set<string>();
    this.#form.forEach((form, place) => {
      const first = this.#codes[form].subarray(this.#from[place], this.#from[place] + 3);
      for (const length of [1, 2, 3]) {
        beginnings.add(String.fromCharCode(...first.subarray(0, length)));
      }
    });
    return beginnings;
  }
}

/** A long text is searched in pieces, since the buffers of a short one stay in the cache. */
const PIECE = 16_384;

/** Counts the characters from an index on that are those of a form. */
function matchedAt(
  codes: Uint16Array,
  at: number,
  length: number,
  form: Uint16Array,
  from: number,
): number {
  const max = Math.min(form.length - from, length - at);
  let matched = 0;
  while (matched < max && form[from + matched] === codes[at + matched]) matched++;
  return matched;
}

function hashAt(codes: Uint16Array, at: number): number {
  const four = codes[at] ^ (codes[at + 1] << 7) ^ (codes[at + 2] << 14) ^ (codes[at + 3] << 21);
  return Math.imul(four, 0x9e3779b1);
}

function codesOf(text: string): Uint16Array {
  const codes = new Uint16Array(text.length);
  for (let i = 0; i < codes.length; i++) codes[i] = text.charCodeAt(i);
  return codes;
}

/** Of shorter values the base64 within a longer text would be found by chance. */
const MIN_BASE64 = 6;

/**
 * Returns the forms of a secret in the skeleton of a text: as it is, in base64 (alone, within a longer text, in base64 again,
 * and of UTF-16), in base32, in hexadecimal digits, in base64 of these and the reverse, and as a list of bytes. Escapes, quotes
 * and wrapping are not among them: a skeleton has none.
 */
export function formsOf({ value, name }: Secret): Form[] {
  const bytes = new TextEncoder().encode(value);
  // A piece of a longer text, such as of an address, may stand elsewhere.
  const isOne = /^[\w+/=.~-]+$/.test(value) || value.includes("-----BEGIN ");
  const once = base64Forms(bytes);
  const encoder = new TextEncoder();
  const twice = once.flatMap((text) => base64Forms(encoder.encode(text)));
  const hex = bytes.toHex();
  const pairs = hex.match(/../g)?.join(":") ?? "";
  const listed = hex.replaceAll(/../g, "0x$&,").slice(0, -1);
  const utf16 = new Uint8Array(Uint16Array.from(codesOf(value)).buffer);
  return [
    { text: plainOf(value), name, pieces: isOne },
    ...once.map((text) => ({ text: text.replaceAll("+", ""), name, pieces: true })),
    ...twice.map((text) => ({ text: text.replaceAll("+", ""), name, pieces: false })),
    ...[hex, hex.toUpperCase()].map((text) => ({ text, name, pieces: true })),
    ...[pairs, pairs.toUpperCase()].map((text) => ({ text, name, pieces: false })),
    ...(value.length < MIN_BASE64 ? [] : [
      ...base32Forms(bytes).map((text) => ({ text, name, pieces: true })),
      ...once.map((text) => ({ text: encoder.encode(text).toHex(), name, pieces: false })),
      ...base64Forms(encoder.encode(hex)).map((text) => ({ text, name, pieces: false })),
      ...base64Forms(utf16).map((text) => ({
        text: text.replaceAll("+", ""),
        name,
        pieces: false,
      })),
      ...[listed, listed.toUpperCase().replaceAll("X", "x"), bytes.join(",")]
        .map((text) => ({ text, name, pieces: false })),
    ]),
  ].filter(({ text }) => text.length >= MIN_FORM);
}

function plainOf(value: string): string {
  const { codes, length } = skeletonOf(value);
  let plain = "";
  for (let i = 0; i < length; i++) plain += String.fromCharCode(codes[i]);
  return plain;
}

/**
 * The encoding of a text in base64 depends on its offset within three bytes. Characters that also encode bytes of its
 * neighbours are left out.
 */
function base64Forms(bytes: Uint8Array): string[] {
  if (bytes.length < MIN_BASE64) return [bytes.toBase64()];
  return [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const skip = Math.ceil(before * 4 / 3);
    return padded.toBase64().slice(skip, Math.floor(padded.length * 8 / 6));
  });
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The same for base32, in which five bytes are eight characters. */
function base32Forms(bytes: Uint8Array): string[] {
  return [0, 1, 2, 3, 4].map((before) => {
    const bits = [...new Uint8Array(before), ...bytes]
      .map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const groups = bits.match(/.{5}/g)?.slice(Math.ceil(before * 8 / 5)) ?? [];
    return groups.map((group) => BASE32[parseInt(group, 2)]).join("");
  });
}
