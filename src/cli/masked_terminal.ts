import type { Terminal } from "../host/terminal.ts";
import type { Mask } from "../model/mask.ts";

/**
 * Masks all text that goes to a terminal, as the last of several places that do; bytes pass as they are.
 *
 * @param mask asked for at each text, since the profile may be opened later; `null`: as yet there is nothing to hide
 */
export function maskedTerminal(terminal: Terminal, mask: () => Mask | null): Terminal {
  const masked = (text: string) => mask()?.(text) ?? text;
  return {
    ...terminal,
    out: (text) => terminal.out(masked(text)),
    err: (text) => terminal.err(masked(text)),
    status: (line) => terminal.status(masked(line)),
  };
}
