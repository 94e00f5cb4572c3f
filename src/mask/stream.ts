import type { Mask } from "./mask.ts";

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
