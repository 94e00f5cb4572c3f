/** What a command may do to the terminal, or to whatever its input and output are. */
export interface Terminal {
  /** Writes to stdout. Does nothing once the reader has gone. */
  out(text: string): void;
  /** Writes bytes to stdout as they are. Does nothing once the reader has gone. */
  bytes(bytes: Uint8Array): void;
  /** Writes to stderr. Does nothing once the reader has gone. */
  err(text: string): void;
  /** Shows one line that the next output writes over; nothing where stdout is no terminal. */
  status(line: string): void;
  /** Reads stdin to its end as UTF-8, but not much more than `maxBytes`, nor on after `signal`. */
  input(maxBytes: number, signal: AbortSignal): Promise<string>;
  /** Width of the terminal that stdout is; `null` where it is none. */
  columns(): number | null;
  /** Its height; `null` where it is none. */
  rows(): number | null;
  /** Whether stdout is to have colours: on a terminal, unless `NO_COLOR` or a dumb one says otherwise. */
  readonly colors: boolean;
}

const CLEAR_LINE = "\r\x1b[K";

/**
 * This process's terminal.
 *
 * @param onClosed called when the reader of stdout has gone, as `head` does
 */
export function systemTerminal(onClosed: () => void): Terminal {
  const plain = Deno.noColor || Deno.env.get("TERM") === "dumb";
  const isTerminal = Deno.stdout.isTerminal();
  const closed = { out: false, err: false };
  let status = false;
  const write = (stream: "out" | "err", text: string | Uint8Array) => {
    if (closed[stream]) return;
    try {
      const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
      writeAll(stream === "out" ? Deno.stdout : Deno.stderr, bytes);
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      closed[stream] = true;
      if (stream === "out") onClosed();
    }
  };
  const clearStatus = () => {
    if (status) write("out", CLEAR_LINE);
    status = false;
  };
  return {
    out(text) {
      clearStatus();
      write("out", text);
    },
    bytes(bytes) {
      clearStatus();
      write("out", bytes);
    },
    err(text) {
      clearStatus();
      write("err", text);
    },
    status(line) {
      if (!isTerminal) return;
      write("out", `${CLEAR_LINE}${line}`);
      status = true;
    },
    input: readInput,
    columns: () => isTerminal ? Deno.consoleSize().columns || null : null,
    rows: () => isTerminal ? Deno.consoleSize().rows || null : null,
    colors: isTerminal && !plain,
  };
}

function writeAll(stream: typeof Deno.stdout | typeof Deno.stderr, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += stream.writeSync(bytes.subarray(written));
  }
}

async function readInput(maxBytes: number, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  const reader = Deno.stdin.readable.getReader();
  signal.addEventListener("abort", () => void reader.cancel(), { once: true });
  let text = "";
  for (let bytes = 0; bytes <= maxBytes;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}
