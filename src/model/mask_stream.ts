import type { Mask } from "./mask.ts";

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
