import type { Mask } from "./mask.ts";
import { MaskStream } from "./mask_stream.ts";

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
