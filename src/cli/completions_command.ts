import bash from "../../seeds/completions/looop.bash" with { type: "text" };
import fish from "../../seeds/completions/looop.fish" with { type: "text" };
import zsh from "../../seeds/completions/looop.zsh" with { type: "text" };
import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { inOrder } from "./completes.ts";
import { OK } from "./exit_codes.ts";

const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };

/** `looop completions <shell>`: prints what makes a shell complete looop's commands and ids. */
export const completionsCommand: Command = {
  usage: "looop completions bash|zsh|fish",
  switches: [],
  completes: inOrder(Object.keys(SCRIPTS)),
  words: { least: 1, most: 1 },
  run({ words: [shell], terminal }) {
    if (!Object.hasOwn(SCRIPTS, shell)) {
      throw new UsageError(`no completions for ${shell}\nusage: ${completionsCommand.usage}`);
    }
    terminal.out(SCRIPTS[shell]);
    return OK;
  },
};
