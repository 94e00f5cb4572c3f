import type { Terminal } from "../host/terminal.ts";
import type { Mask } from "../model/mask.ts";

/**
 * Masks all text that goes to a terminal, as the last of several places that do; bytes pass as they are.
 *
 * @param mask asked for at each text, since the profile may be opened later
 */
export function maskedTerminal(terminal: Terminal, mask: () => Mask): Terminal {
  return {
    ...terminal,
    out: (text) => terminal.out(mask()(text)),
    err: (text) => terminal.err(mask()(text)),
    status: (line) => terminal.status(mask()(line)),
  };
}
