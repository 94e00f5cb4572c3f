/** The input and output of a command, which may be a terminal. */
export interface Terminal {
  /** Writes to stdout. No effect once its reader has closed it. */
  out(text: string): void;
  /** Writes bytes to stdout as they are. No effect once its reader has closed it. */
  bytes(bytes: Uint8Array): void;
  /** Writes to stderr. No effect once its reader has closed it. */
  err(text: string): void;
  /** Shows one line that the next output overwrites; no effect if stdout is not a terminal. */
  status(line: string): void;
  /** Reads stdin as UTF-8 to its end, or until a little more than `maxBytes` or `signal`. */
  input(maxBytes: number, signal: AbortSignal): Promise<string>;
  /** Width of the terminal; `null` if stdout is not a terminal. */
  columns(): number | null;
  /** Height of the terminal; `null` if stdout is not a terminal. */
  rows(): number | null;
  /** Whether to use colours: on a terminal, unless `NO_COLOR` is set or it is a dumb one. */
  readonly colors: boolean;
}

let handedOver = 0;
let takenBackAt = -Infinity;
/** Milliseconds within which this process hears of the Ctrl-C that ended a child: maybe after that end. */
const LATE_MS = 200;

/** Reports whether a child has the terminal: Ctrl-C or Ctrl-\\, which reach looop too, are then meant for the child. */
export function isTerminalHandedOver(): boolean {
  return handedOver > 0 || performance.now() - takenBackAt < LATE_MS;
}

/** Runs something while a child has the terminal. */
export async function handTerminalOver<T>(run: () => PromiseLike<T>): Promise<T> {
  handedOver++;
  try {
    return await run();
  } finally {
    handedOver--;
    takenBackAt = performance.now();
  }
}

/**
 * Calls something when an error that nothing catches is about to end this process, before Deno prints it.
 *
 * @returns what stops that when it is disposed of
 */
export function onCrash(run: () => void): Disposable {
  const names = ["error", "unhandledrejection"];
  for (const name of names) globalThis.addEventListener(name, run);
  return {
    [Symbol.dispose]() {
      for (const name of names) globalThis.removeEventListener(name, run);
    },
  };
}

const CLEAR_LINE = "\r\x1b[K";

/**
 * Opens the terminal of this process.
 *
 * @param onClosed called when the reader of stdout closes it, such as `head`
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
    try {
      // Deno does not report how much it wrote before a pipe was full: a piece of this size is written whole or not at all.
      written += stream.writeSync(bytes.subarray(written, written + PIPE_BUF));
    } catch (error) {
      // A parent such as Node left the pipe in non-blocking mode, and its reader is slow.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(NEVER, 0, 0, RETRY_MS);
    }
  }
}

/** Bytes that a pipe takes in one piece: 4096 on Linux, and 512 on every POSIX system. */
const PIPE_BUF = Deno.build.os === "linux" ? 4096 : 512;
/** Milliseconds between attempts to write to a full pipe. */
const RETRY_MS = 5;
/** Nothing notifies it: waiting for it is a pause. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

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
