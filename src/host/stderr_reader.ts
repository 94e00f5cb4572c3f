import { type Mask, NO_MASK } from "../model/mask.ts";
import { MaskStream } from "../model/mask_stream.ts";

/** How much of stderr is kept, in characters. */
const TAIL = 2048;

/** Passes a program's stderr on, keeps its end, and takes out of it what the supervisor says. */
export class StderrReader {
  /** Resolves with the exit status once the supervisor says that the program ended. */
  readonly marked: Promise<number>;
  /** The supervisor said that the deadline killed it. */
  deadline = false;
  #tail = "";
  /**
   * What may be the beginning of the mark, which is a byte that no program ends its lines with: the last line
   * must not be held back while the program sleeps.
   */
  #held: Uint8Array = new Uint8Array();
  /** What the supervisor said; `null` until it speaks. */
  #said: string | null = null;
  readonly #decoder = new TextDecoder();
  /** The mark is ASCII, and in this encoding every byte is one character. */
  readonly #bytewise = new TextDecoder("latin1");
  readonly #mark: string;
  readonly #masked: MaskStream;
  readonly #pass: (chunk: Uint8Array) => void;
  readonly #resolve: (status: number) => void;

  constructor(mark: string, pass: (chunk: Uint8Array) => void, mask: Mask = NO_MASK) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.marked = promise;
    this.#resolve = resolve;
    this.#mark = `\x01${mark} `;
    this.#pass = pass;
    // Before it is cut: half a secret would stay.
    this.#masked = new MaskStream(mask);
  }

  /** Takes the next bytes of stderr. */
  take(chunk: Uint8Array): void {
    if (this.#said !== null) return this.#hear(this.#bytewise.decode(chunk));
    const bytes = joined(this.#held, chunk);
    const text = this.#bytewise.decode(bytes);
    const at = text.indexOf(this.#mark);
    const end = at < 0 ? text.length - beginOf(this.#mark, text) : at;
    this.#forward(bytes.subarray(0, end));
    this.#held = at < 0 ? bytes.slice(end) : new Uint8Array();
    if (at >= 0) this.#hear(text.slice(at));
  }

  /** The last 2,048 characters, masked, without what the supervisor said. */
  tail(): string {
    this.#forward(this.#held);
    this.#held = new Uint8Array();
    this.#keep(this.#masked.end());
    return this.#tail.slice(-TAIL).trim();
  }

  #forward(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#keep(this.#masked.push(this.#decoder.decode(bytes, { stream: true })));
    this.#pass(bytes);
  }

  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-2 * TAIL);
  }

  #hear(text: string): void {
    this.#said = (this.#said ?? "") + text;
    for (const line of this.#said.split("\n").slice(0, -1)) {
      if (!line.startsWith(this.#mark)) continue;
      const word = line.slice(this.#mark.length);
      if (word === "deadline") this.deadline = true;
      else if (/^\d+$/.test(word)) this.#resolve(Number(word));
    }
    // Whatever a child that lives on has to say is nobody's business any more.
    this.#said = this.#said.slice(-4096);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** How many characters at the end of a text are the beginning of the mark. */
function beginOf(mark: string, text: string): number {
  let length = Math.min(mark.length - 1, text.length);
  while (!text.endsWith(mark.slice(0, length))) length--;
  return length;
}
