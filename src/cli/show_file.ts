import type { Terminal } from "../host/terminal.ts";
import { safeText } from "./safe_text.ts";

/** Prints a file: on a terminal without what that would obey, into a pipe as it is; masked in both. */
export function showFile(terminal: Terminal, bytes: Uint8Array): void {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (terminal.columns() === null) return terminal.out(text);
  const safe = safeText(text);
  terminal.out(safe === "" || safe.endsWith("\n") ? safe : `${safe}\n`);
}
