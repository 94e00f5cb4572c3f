import process from "node:process";
import { emitKeypressEvents, type Interface } from "node:readline";

/** A key that the user pressed, or a text that was pasted at once. */
export interface Key {
  /** Such as `up`, `return`, `escape`, `pagedown`, `paste`; a letter in lower case; empty for other characters. */
  name: string;
  /** The character that it types, or the pasted text, whose lines end with `\n`; empty for keys that type none. */
  text: string;
  ctrl: boolean;
  shift: boolean;
}

/** What Node's decoder reports of a key. */
interface Keypress {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  shift?: boolean;
  meta?: boolean;
}

/** What a terminal sends around a pasted text once looop has asked for it; Deno's Node decodes them without their `~`. */
// deno-lint-ignore no-control-regex
const PASTE_MARK = /^\x1b\[20([01])(~?)$/;
/** Milliseconds after which Escape is that key, not the begin of a sequence. */
const ESCAPE_MS = 50;

/**
 * Reads the keys of the terminal, one at a time, without echo; the decoder is Node's. It must be disposed of: a shell
 * would not show what its user types.
 *
 * Loading it takes 35 ms; ink and react took 350 ms to load and 75 ms to render, more than the first frame may take.
 */
export class Keyboard implements Disposable {
  readonly #onKey: (key: Key) => void;
  readonly #onResize: () => void;
  #active = false;
  /** The text that is being pasted: keys in it are no keys. */
  #pasted: string | null = null;
  #skipsTilde = false;

  /** Reports whether this process reads from a terminal. */
  static isAvailable(): boolean {
    return Deno.stdin.isTerminal() && Deno.env.get("TERM") !== "dumb";
  }

  /** @param onResize called when the terminal has a new size */
  constructor(onKey: (key: Key) => void, onResize: () => void) {
    this.#onKey = onKey;
    this.#onResize = onResize;
    // Node reads this one property of its second argument.
    emitKeypressEvents(process.stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    this.start();
  }

  /** Reads keys, again after {@linkcode stop}. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    process.stdin.on("keypress", this.#onKeypress);
    process.stdin.setRawMode(true);
    process.stdin.resume();
    Deno.addSignalListener("SIGWINCH", this.#onResize);
  }

  /** Reads no more keys, and restores the terminal: a child can have it. Idempotent. */
  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    Deno.removeSignalListener("SIGWINCH", this.#onResize);
    process.stdin.off("keypress", this.#onKeypress);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  readonly #onKeypress = (text: string | undefined, pressed: Keypress) => {
    const { name = "", sequence = "", ctrl = false, shift = false, meta = false } = pressed;
    const skips = this.#skipsTilde && sequence === "~";
    this.#skipsTilde = false;
    if (skips) return;
    const mark = PASTE_MARK.exec(sequence);
    if (mark) {
      const text = (this.#pasted ?? "").replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, "");
      this.#pasted = mark[1] === "0" ? "" : null;
      this.#skipsTilde = mark[2] === "";
      if (mark[1] === "1") this.#onKey({ name: "paste", text, ctrl: false, shift: false });
      return;
    }
    if (this.#pasted !== null) {
      this.#pasted += sequence;
      return;
    }
    // What follows Escape at once looks like Alt with that key.
    const isAlt = meta && sequence.length > 1 && sequence[1] !== "[" && sequence[1] !== "O";
    if (isAlt) this.#onKey({ name: "escape", text: "", ctrl: false, shift: false });
    const typed = isAlt ? sequence.slice(1) : text ?? "";
    this.#onKey({ name, text: /^[^\p{Cc}]+$/u.test(typed) ? typed : "", ctrl, shift });
  };
}
