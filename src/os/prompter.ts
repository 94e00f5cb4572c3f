import type { Buffer } from "node:buffer";
import process from "node:process";

/** Prompts the user in the terminal. Every method throws {@linkcode PromptStopped} on Ctrl-C. */
export interface Prompter {
  /** Returns the index of the chosen option. */
  choose(message: string, options: string[], initial: number): Promise<number>;
  /** Returns the indices of the chosen options, which may be none. */
  chooseSeveral(message: string, options: string[]): Promise<number[]>;
  /** Returns one line, trimmed, which may be empty; the user can edit `initial`. */
  text(message: string, initial?: string): Promise<string>;
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
    text: async (message, initial) =>
      withoutKeys(await keyByKey(() => $.maybePrompt({ message, default: initial, ...common }))),
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
  const { stdin } = process;
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
