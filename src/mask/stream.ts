import type { Mask } from "./mask.ts";

/**
 * Masks every text of a JSON-like value, keys too, and numbers whose digits are a secret (they become texts). The
 * value itself is left as it is.
 */
export function maskJson<T>(mask: Mask, value: T): T {
  return mask.idle ? value : masked(mask, value) as T;
}

function masked(mask: Mask, value: unknown): unknown {
  if (typeof value === "string") return mask(value);
  if (typeof value === "number") {
    const text = mask(String(value));
    return text === String(value) ? value : text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => masked(mask, item));
  const entries = Object.entries(value).map(([key, item]) => [mask(key), masked(mask, item)]);
  return Object.fromEntries(entries);
}

/** Masks a text that comes in pieces, also what is cut in two between them. */
export class MaskStream {
  readonly #mask: Mask;
  /** What may be the beginning of a secret. */
  #held = "";

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  /** Takes the next piece, and gives what can be told by now, masked. */
  push(piece: string): string {
    if (this.#mask.idle) return piece;
    const text = this.#held + piece;
    const end = this.#mask.settled(text);
    this.#held = text.slice(end);
    return this.#mask(text.slice(0, end));
  }

  /** Gives what was held back: nothing more comes. */
  end(): string {
    const rest = this.#mask(this.#held);
    this.#held = "";
    return rest;
  }
}

/** Keeps the end of what a program prints, its streams together: masked, and without what only a terminal reads. */
export class OutputTail {
  readonly #mask: Mask;
  readonly #max: number;
  readonly #streams: (() => string)[] = [];
  #tail = "";

  /** @param max how many characters */
  constructor(mask: Mask, max: number) {
    this.#mask = mask;
    this.#max = max;
  }

  /** Makes what takes one of its streams. */
  stream(): (chunk: Uint8Array) => void {
    // One each: a chunk may end within a character, or a secret, that the other stream does not go on with.
    const decoder = new TextDecoder();
    const masked = new MaskStream(this.#mask);
    this.#streams.push(() => masked.push(decoder.decode()) + masked.end());
    return (chunk) => this.#keep(masked.push(decoder.decode(chunk, { stream: true })));
  }

  /** The end of all streams: call it once, when nothing more comes. */
  text(): string {
    for (const end of this.#streams) this.#keep(end());
    return this.#mask(plain(this.#tail)).slice(-this.#max).toWellFormed();
  }

  /** More than is wanted, since some of it shows nothing. */
  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-4 * this.#max);
  }
}

/** Without terminal control sequences and other characters that show nothing. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "").replace(/[^\P{Cc}\n\t]/gu, "").trim();
}
