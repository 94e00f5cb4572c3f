import { plainUsd } from "../../model/usd.ts";
import type { Agent } from "./agent.ts";
import { quoteWord } from "./quote_word.ts";

/**
 * A program of the user's own: a shell command whose `{{prompt_file}}` becomes the path of the prompt, quoted for
 * the shell; `{{usd_limit}}` the dollars that it may cost, an empty word where there is no limit. What it spends only
 * itself can say.
 */
export function customAgent(name: string, command: string): Agent {
  return {
    name,
    costIsKnown: /\{\{usd_limit\}\}|LOOOP_USD_LIMIT/.test(command),
    // Nobody knows; what does is told by the config.
    needsNetwork: false,
    start: ({ promptFile, usdLimit }) =>
      Promise.resolve({
        // A function, as `$` in a replacement string would mean something.
        command: command.replaceAll("{{prompt_file}}", () => quoteWord(promptFile))
          .replaceAll("{{usd_limit}}", usdLimit === undefined ? "''" : plainUsd(usdLimit)),
        env: {},
        files: {},
      }),
    readSpend: () => Promise.resolve(null),
  };
}
