import type { Buffer } from "node:buffer";
import type { ReadStream } from "node:tty";
import type { Interface } from "node:readline";

/** Prompts the user in the terminal. Every method throws {@linkcode PromptStopped} on Ctrl-C. */
export interface Prompter {
  /** Returns the index of the chosen option. */
  choose(message: string, options: string[], initial: number): Promise<number>;
  /** Returns the indices of the chosen options, which may be none. */
  chooseSeveral(message: string, options: string[]): Promise<number[]>;
  /** Returns one line, trimmed, which may be empty. */
  text(message: string): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
}

/** The user cancelled a prompt, or looop was told to stop. */
export class PromptStopped extends Error {
  /** Its class. */
  override name = "PromptStopped";
}

/** Reports whether the user can be prompted: input and output are a terminal. */
export function canPrompt(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && Deno.stderr.isTerminal() &&
    Deno.env.get("TERM") !== "dumb";
}

/** Opens dax's prompts, which draw on stderr and leave the answers on screen. */
export async function openPrompter(signal: AbortSignal): Promise<Prompter> {
  const { default: $ } = await import("@david/dax");
  const common = { noClear: true, signal };
  return {
    async choose(message, options, initialIndex) {
      const asked = { message, options, initialIndex, ...common };
      return (await keyByKey(() => $.maybeSelect(asked))).index;
    },
    async chooseSeveral(message, options) {
      const items = await keyByKey(() => $.maybeMultiSelect({ message, options, ...common }));
      return items.map(({ index }) => index);
    },
    text: async (message) =>
      withoutKeys(await keyByKey(() => $.maybePrompt({ message, ...common }))),
    confirm: (message, initial) =>
      keyByKey(() => $.maybeConfirm({ message, default: initial, ...common })),
  };
}

/** Removes keys that dax takes for text, such as Escape and Tab. */
export function withoutKeys(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b[[O][0-9;]*[@-~]/g, "").replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/**
 * Returns the answer to `ask`, while which reads of stdin return one key at a time. dax takes everything that arrives at once for one
 * text: Enter right behind a pasted line would become part of it, and Space and Enter in one read would have no effect.
 */
async function keyByKey<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const { stdin } = (await import("node:process")).default;
  const read = stdin.read;
  stdin.read = (size?: number): Buffer | null => {
    const bytes: Buffer | null = read.call(stdin, size);
    if (bytes === null) return null;
    const length = keyLength(bytes);
    if (length < bytes.length) stdin.unshift(bytes.subarray(length));
    return bytes.subarray(0, length);
  };
  try {
    const answer = await ask();
    if (answer === undefined) throw new PromptStopped("the prompt was stopped");
    return answer;
  } finally {
    stdin.read = read;
  }
}

/** Returns the bytes of the first key: an escape sequence or one UTF-8 character. */
export function keyLength(bytes: Uint8Array): number {
  const [first, second] = bytes;
  if (first === 0x1b && (second === 0x5b || second === 0x4f)) {
    const final = bytes.subarray(2).findIndex((byte) => byte >= 0x40 && byte <= 0x7e);
    return final === -1 ? bytes.length : final + 3;
  }
  const character = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return Math.min(character, bytes.length);
}

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
 * Node's decoder takes 35 ms to load, so it is loaded after the first frame is drawn; until then the terminal keeps the keys.
 * ink and react took 350 ms to load and 75 ms to render, more than the first frame may take.
 */
export class Keyboard implements Disposable {
  readonly #onKey: (key: Key) => void;
  readonly #onResize: () => void;
  #active = false;
  /** What decodes the keys; `null` until it is loaded. */
  #input: ReadStream | null = null;
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
    this.start();
    void this.#load();
  }

  async #load(): Promise<void> {
    const { default: { stdin } } = await import("node:process");
    const { emitKeypressEvents } = await import("node:readline");
    // Node reads this one property of its second argument.
    emitKeypressEvents(stdin, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface);
    this.#input = stdin;
    if (this.#active) this.#listen(stdin);
  }

  #listen(input: ReadStream): void {
    input.on("keypress", this.#onKeypress);
    input.setRawMode(true);
    input.resume();
  }

  /** Reads keys, again after {@linkcode stop}. */
  start(): void {
    if (this.#active) return;
    this.#active = true;
    Deno.stdin.setRaw(true);
    Deno.addSignalListener("SIGWINCH", this.#onResize);
    if (this.#input !== null) this.#listen(this.#input);
  }

  /** Reads no more keys, and restores the terminal: a child can have it. Idempotent. */
  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    Deno.removeSignalListener("SIGWINCH", this.#onResize);
    Deno.stdin.setRaw(false);
    this.#input?.off("keypress", this.#onKeypress).setRawMode(false).pause();
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
