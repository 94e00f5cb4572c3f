import { type Mask, MaskStream, NO_MASK } from "../mask/mask.ts";
import supervisor from "../scripts/supervisor.sh" with { type: "text" };
import { passed, type RunningBash, startBash } from "./bash.ts";

/** A program to run that may hang, flood or fork. */
export interface ProgramRequest {
  /** `argv[0]` is looked up on the `PATH` of `env`. */
  argv: string[];
  cwd: string;
  /** The child's whole environment; nothing is inherited. */
  env: Record<string, string>;
  /** The file that the program reads as stdin. Default: empty. */
  stdinFile?: string;
  /** Milliseconds until it is killed, with all its children; at most 20 days. */
  deadlineMs: number;
  /** Masks secrets in the kept end of stderr. Default: no masking. */
  mask?: Mask;
  /** Kills it when fired. */
  signal?: AbortSignal;
  /** Receives stdout as it arrives; returning `"enough"` kills the program. The buffer is reused after the call. */
  onStdout?(chunk: Uint8Array): "enough" | void;
  /** Receives stderr in the same way. */
  onStderr?(chunk: Uint8Array): "enough" | void;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Exit status; 128 + n if signal n ended it, 127 if it was not found. */
  status: number;
  /** `killed` if `onStdout` or `onStderr` returned `"enough"`, or `signal` fired. */
  ending: "exited" | "deadline" | "killed";
  /** The last 2,048 characters of stderr. */
  stderrTail: string;
  ms: number;
}

/** Milliseconds beyond the deadline after which looop ends the supervisor itself. */
const GRACE_MS = 3000;
/** The limit of timers is 2^31 ms. */
const MAX_DEADLINE_MS = 20 * 86_400_000;

/**
 * Runs a program in a process group of its own and returns when the program itself ends, even if a child of
 * it still holds its stdout. The rest of the group is then killed, and all of it when looop is killed.
 *
 * @throws {UserError} if bash is missing or `cwd` does not exist.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramEnd> {
  const { argv, cwd, env, stdinFile = "/dev/null", signal } = request;
  const notRun: ProgramEnd = { status: 137, ending: "killed", stderrTail: "", ms: 0 };
  if (signal?.aborted) return notRun;
  const deadlineMs = Math.min(Math.max(request.deadlineMs, 1), MAX_DEADLINE_MS);
  const started = performance.now();
  const mark = crypto.randomUUID();
  const over = new AbortController();
  let [killed, gaveUp] = [false, false];
  const kill = () => {
    // Closed rather than a signal sent: one that comes while the supervisor starts would be lost.
    bash?.close();
    killed = true;
  };
  // A child that left the group may write on after the program's end, when the output is complete.
  const pass = (to: ProgramRequest["onStdout"]) => (chunk: Uint8Array) => {
    if (!killed && !over.signal.aborted && to?.(chunk) === "enough") kill();
  };
  const stdout = new MarkedStream(mark, pass(request.onStdout?.bind(request)));
  const stderr = new MarkedStream(mark, pass(request.onStderr?.bind(request)), request.mask);
  let bash: RunningBash | undefined;
  signal?.addEventListener("abort", kill);
  try {
    bash = await startBash({
      ...{ script: supervisor, program: argv[0], cwd, env },
      args: [`${deadlineMs / 1000}`, stdinFile, mark, ...argv],
      onStdout: (chunk) => stdout.take(chunk),
      onStderr: (chunk) => stderr.take(chunk),
    });
    if (killed) bash.close();
    const status = await Promise.race([
      bash.ended.then(() => stderr.status ?? 137),
      // The marks come behind the program's own output.
      Promise.all([stderr.marked, stdout.marked]).then(([status]) => status),
      passed(deadlineMs + GRACE_MS, over.signal).then(() => {
        gaveUp = !over.signal.aborted;
        return 137;
      }),
    ]);
    stdout.tail();
    const stderrTail = stderr.tail();
    const ending = stderr.deadline || gaveUp ? "deadline" : killed ? "killed" : "exited";
    return { status, ending, stderrTail, ms: performance.now() - started };
  } finally {
    over.abort();
    signal?.removeEventListener("abort", kill);
    bash?.close();
    // Ends what relays the output, which a child that left the group may hold open.
    bash?.kill(gaveUp ? "SIGKILL" : "SIGTERM");
    await bash?.ended.catch(() => undefined); // the race has thrown it
  }
}

/** How much of stderr is kept, in characters. */
const TAIL = 2048;

/**
 * Passes on an output stream of a program up to the supervisor's mark, which follows the program's own output, and
 * keeps the end of it. What comes behind the mark, such as the output of a child that left the group, is dropped.
 */
export class MarkedStream {
  /** Resolves with the exit status at the mark. */
  readonly marked: Promise<number>;
  /** The exit status, once the mark was read. */
  status?: number;
  /** The deadline killed the program. */
  deadline = false;
  #tail = "";
  /** Bytes that may begin the mark. It begins with a byte that no program ends a line with, so no whole line is held. */
  #held: Uint8Array = new Uint8Array();
  /** Text from the mark on; `null` before it. */
  #after: string | null = null;
  readonly #decoder = new TextDecoder();
  /** The mark is ASCII, and in this encoding every byte is one character. */
  readonly #bytewise = new TextDecoder("latin1");
  readonly #mark: string;
  readonly #masked: MaskStream;
  readonly #pass: (chunk: Uint8Array) => void;
  readonly #resolve: (status: number) => void;

  constructor(mark: string, pass: (chunk: Uint8Array) => void, mask: Mask = NO_MASK) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.marked = promise;
    this.#resolve = resolve;
    this.#mark = `\x01${mark} `;
    this.#pass = pass;
    // Masked before it is cut, so that no part of a secret stays.
    this.#masked = new MaskStream(mask);
  }

  /** Takes the next bytes of the stream. */
  take(chunk: Uint8Array): void {
    if (this.#after !== null) return this.#readMark(this.#bytewise.decode(chunk));
    const bytes = joined(this.#held, chunk);
    const text = this.#bytewise.decode(bytes);
    const at = text.indexOf(this.#mark);
    const end = at < 0 ? text.length - beginOf(this.#mark, text) : at;
    this.#forward(bytes.subarray(0, end));
    this.#held = at < 0 ? bytes.slice(end) : new Uint8Array();
    if (at >= 0) this.#readMark(text.slice(at));
  }

  /** Passes on what was held, and returns the last 2,048 characters before the mark, masked. */
  tail(): string {
    this.#forward(this.#held);
    this.#held = new Uint8Array();
    this.#keep(this.#masked.end());
    return this.#tail.slice(-TAIL).trim();
  }

  #forward(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#keep(this.#masked.push(this.#decoder.decode(bytes, { stream: true })));
    this.#pass(bytes);
  }

  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-2 * TAIL);
  }

  #readMark(text: string): void {
    this.#after = (this.#after ?? "") + text;
    for (const line of this.#after.split("\n").slice(0, -1)) {
      if (!line.startsWith(this.#mark)) continue;
      const word = line.slice(this.#mark.length);
      if (word === "deadline") this.deadline = true;
      else if (/^\d+$/.test(word)) this.#resolve(this.status ??= Number(word));
    }
    // A child that left the group may write without end.
    this.#after = this.#after.slice(-4096);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** How many characters at the end of a text are the beginning of the mark. */
function beginOf(mark: string, text: string): number {
  let length = Math.min(mark.length - 1, text.length);
  while (!text.endsWith(mark.slice(0, length))) length--;
  return length;
}

/** A program's output and how it ended. */
export interface Captured {
  /** Stdout, up to the cap. */
  output: Uint8Array<ArrayBuffer>;
  /** It printed more than the cap and was killed. */
  overflowed: boolean;
  end: ProgramEnd;
}

/** Runs a program and returns at most `maxBytes` of its stdout; one byte more and it is killed. */
export async function captureOutput(
  request: Omit<ProgramRequest, "onStdout">,
  maxBytes: number,
): Promise<Captured> {
  const buffer = new Uint8Array(maxBytes);
  let length = 0;
  let overflowed = false;
  const end = await runProgram({
    ...request,
    onStdout(chunk) {
      const room = maxBytes - length;
      buffer.set(chunk.subarray(0, room), length);
      length += Math.min(chunk.length, room);
      if (chunk.length <= room) return;
      overflowed = true;
      return "enough";
    },
  });
  return { output: buffer.subarray(0, length), overflowed, end };
}
