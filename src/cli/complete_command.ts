import type { Command, CommandContext } from "./command.ts";
import { completeLine } from "./complete_line.ts";
import { OK } from "./exit_codes.ts";
import { safeLine } from "./safe_text.ts";

/**
 * `looop complete -- <word>…`: what the last word may become, for the completion scripts: a line each, then a tab
 * and what it is; the line `:file` asks for file names. What cannot be told is silence: a person is typing.
 */
export const completeCommand: Command = {
  usage: "looop complete -- <word>…",
  switches: [],
  words: { least: 0, most: Infinity },
  async run({ words, terminal, open }: CommandContext) {
    const candidates = await completeLine(words, open).catch(() => []);
    for (const { value, about } of candidates) terminal.out(`${value}\t${safeLine(about)}\n`);
    return OK;
  },
};
