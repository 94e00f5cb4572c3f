import type { IBuffer, IMarker, Terminal } from "@xterm/headless";

/** The size that a worker's terminal begins with. */
const SIZE = { cols: 200, rows: 50 };
/** Lines that are kept above the screen. */
const SCROLLBACK = 50_000;

/** What `script` of util-linux itself writes at the beginning and the end. */
const HEADER = /^Script started on [^\n]*\n/;
const FOOTER = /\nScript done on [^\n]*\n?$/;

/** A terminal that nobody sees, which turns what a worker printed into plain lines. */
export class TranscriptScreen {
  readonly #terminal: Terminal;
  readonly #bytewise = new TextDecoder("latin1");
  #begun = false;
  /** The last row that `take` gave; `undefined`: none, or it has scrolled out of reach. */
  #taken: IMarker | undefined;

  private constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Makes one, loading the emulator. */
  static async open(): Promise<TranscriptScreen> {
    const { default: xterm } = await import("@xterm/headless");
    const options = { ...SIZE, scrollback: SCROLLBACK, allowProposedApi: true, logLevel: "off" };
    return new TranscriptScreen(new xterm.Terminal(options as { logLevel: "off" }));
  }

  /** Prints the next bytes of a transcript. */
  async write(bytes: Uint8Array): Promise<void> {
    const text = this.#bytewise.decode(bytes);
    const start = this.#begun ? 0 : HEADER.exec(text)?.[0].length ?? 0;
    const footer = FOOTER.exec(text)?.[0].length ?? 0;
    this.#begun = true;
    const shown = bytes.subarray(start, bytes.length - footer);
    await new Promise<void>((resolve) => this.#terminal.write(shown, resolve));
  }

  /** All lines, without empty ones at the end. */
  lines(): string[] {
    const buffer = this.#terminal.buffer.active;
    return withoutEmptyEnd(linesOf(buffer, 0, buffer.length));
  }

  /**
   * The lines that the cursor has left behind since the last call; what is drawn over them later is not
   * given. `all`: also those from the cursor on.
   */
  take(all = false): string[] {
    const buffer = this.#terminal.buffer.active;
    if (buffer.type === "alternate" && !all) return [];
    const from = this.#taken && !this.#taken.isDisposed ? this.#taken.line + 1 : 0;
    const cursor = buffer.baseY + buffer.cursorY;
    let to = all ? buffer.length : cursor;
    while (!all && to > from && buffer.getLine(to)?.isWrapped) to--;
    if (to <= from) return [];
    const lines = linesOf(buffer, from, to);
    this.#taken?.dispose();
    this.#taken = this.#terminal.registerMarker(to - 1 - cursor);
    return all ? withoutEmptyEnd(lines) : lines;
  }
}

/** Rows `from` to `to`, those joined that are one line too long for the screen. */
function linesOf(buffer: IBuffer, from: number, to: number): string[] {
  const lines: string[] = [];
  for (let row = from; row < to; row++) {
    const line = buffer.getLine(row);
    if (!line) continue;
    const goesOn = buffer.getLine(row + 1)?.isWrapped ?? false;
    const text = line.translateToString(!goesOn);
    if (line.isWrapped && lines.length > 0) lines.push(lines.pop() + text);
    else lines.push(text);
  }
  return lines;
}

function withoutEmptyEnd(lines: string[]): string[] {
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== "") + 1);
}
