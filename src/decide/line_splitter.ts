/** A longer line of output is no event of any runner. */
const MAX_LINE = 32 * 1024 * 1024;
/** Nor is this much output, in bytes, a decision. */
const MAX_OUTPUT = 256 * 1024 * 1024;

/** Cuts a byte stream into lines. */
export class LineSplitter {
  #rest = "";
  #bytes = 0;
  // Or Deno would take a byte order mark out of the middle of a text, where a piece begins with it.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes some bytes; `false` when a line, or all of it, gets too long. */
  take(chunk: Uint8Array): boolean {
    this.#bytes += chunk.length;
    // Only what is new is searched: a long line comes in hundreds of pieces.
    const [first, ...others] = this.#decoder.decode(chunk, { stream: true }).split("\n");
    this.#rest += first;
    for (const next of others) {
      this.#onLine(this.#rest);
      this.#rest = next;
    }
    return this.#rest.length <= MAX_LINE && this.#bytes <= MAX_OUTPUT;
  }

  /** The last line may lack its line break. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
