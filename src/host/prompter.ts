import { keyByKey } from "./key_by_key.ts";

/** What asks a person in their terminal, one thing at a time; each throws {@linkcode PromptStopped} on Ctrl-C. */
export interface Prompter {
  /** Gives the index of the option that was chosen. */
  choose(message: string, options: string[], initial: number): Promise<number>;
  /** Gives the indices of those that were chosen, which may be none. */
  chooseSeveral(message: string, options: string[]): Promise<number[]>;
  /** Gives one line, trimmed, which may be empty; `initial` stands there to be edited. */
  text(message: string, initial?: string): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
}

/** The person does not want to be asked any further, or looop is told to stop. */
export class PromptStopped extends Error {
  /** Its class. */
  override name = "PromptStopped";
}

/** Tells whether somebody can be asked: what they type and what they see are a terminal. */
export function canPrompt(): boolean {
  return Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && Deno.stderr.isTerminal() &&
    Deno.env.get("TERM") !== "dumb";
}

/** Asks by dax's prompts, which draw on stderr, and leave behind what was answered. */
export async function openPrompter(signal: AbortSignal): Promise<Prompter> {
  const { default: $ } = await import("@david/dax");
  const common = { noClear: true, signal };
  return {
    async choose(message, options, initialIndex) {
      const asked = { message, options, initialIndex, ...common };
      const item = await keyByKey(() => $.maybeSelect(asked));
      return answered(item).index;
    },
    async chooseSeveral(message, options) {
      const items = await keyByKey(() => $.maybeMultiSelect({ message, options, ...common }));
      return answered(items).map(({ index }) => index);
    },
    text: async (message, initial) =>
      typed(
        answered(await keyByKey(() => $.maybePrompt({ message, default: initial, ...common }))),
      ),
    confirm: async (message, initial) =>
      answered(await keyByKey(() => $.maybeConfirm({ message, default: initial, ...common }))),
  };
}

function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw new PromptStopped("the prompt was stopped");
  return answer;
}

/** What was typed may hold keys that dax takes for text, such as Escape and Tab. */
export function typed(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b[[O][0-9;]*[@-~]/g, "").replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
