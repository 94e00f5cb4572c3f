import type { Terminal } from "../host/terminal.ts";
import { fitText } from "./fit_text.ts";

/** Alternate screen, no cursor, no line breaks by the terminal: it may find a character wider than we do. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A screen that is drawn again and again in place; with its end the terminal is as it was before. */
export class WatchScreen implements Disposable {
  readonly #terminal: Terminal;
  readonly #signal: AbortSignal;
  #left = false;

  /** @param signal leaves the screen at once, even while something is still being looked up for it */
  constructor(terminal: Terminal, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#signal = signal;
    terminal.out(ENTER);
    signal.addEventListener("abort", this.#leave);
    if (signal.aborted) this.#leave();
  }

  /** Shows these lines in place of the last ones; of those that have no room the number. */
  draw(lines: string[]): void {
    if (this.#left) return;
    const rows = Math.max(this.#terminal.rows() ?? 24, 2);
    const columns = this.#terminal.columns();
    const shown = lines.length <= rows
      ? lines
      : [...lines.slice(0, rows - 1), fitText(`… ${lines.length - rows + 1} more`, columns)];
    // In one write, so it does not flicker. What is cleared behind a full line would be its last character.
    const below = shown.length < rows ? "\r\n\x1b[J" : "";
    this.#terminal.out(`\x1b[H${shown.map((line) => `\x1b[2K${line}`).join("\r\n")}${below}`);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#leave);
    this.#leave();
  }

  readonly #leave = () => {
    if (!this.#left) this.#terminal.out(LEAVE);
    this.#left = true;
  };
}
