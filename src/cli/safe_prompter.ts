import type { Prompter } from "../host/prompter.ts";
import type { Mask } from "../model/mask.ts";
import { safeLine } from "./safe_text.ts";

/** Masks what is asked, and makes it safe to show: some of it stands in files, and prompts pass no terminal of ours. */
export function safePrompter(prompter: Prompter, mask: Mask): Prompter {
  const safe = (text: string) => safeLine(mask(text));
  return {
    choose: (message, options, initial) =>
      prompter.choose(safe(message), options.map(safe), initial),
    chooseSeveral: (message, options) => prompter.chooseSeveral(safe(message), options.map(safe)),
    text: (message, initial) => prompter.text(safe(message), initial),
    confirm: (message, initial) => prompter.confirm(safe(message), initial),
  };
}
