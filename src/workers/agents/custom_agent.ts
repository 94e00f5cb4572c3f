import type { Agent } from "./agent.ts";
import { quoteWord } from "./quote_word.ts";

/**
 * A program of the user's own: a shell command whose `{{prompt_file}}` becomes the path of the prompt, quoted for
 * the shell. What it spends only itself can say.
 */
export function customAgent(name: string, command: string): Agent {
  return {
    name,
    // Nobody knows; what does is told by the config.
    needsNetwork: false,
    start: ({ promptFile }) =>
      Promise.resolve({
        // A function, as `$` in a replacement string would mean something.
        command: command.replaceAll("{{prompt_file}}", () => quoteWord(promptFile)),
        env: {},
        files: {},
      }),
    readSpend: () => Promise.resolve(null),
  };
}
