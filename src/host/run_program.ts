import { systemClock } from "./clock.ts";
import { SUPERVISOR } from "./supervisor.ts";
import { UserError } from "../model/user_error.ts";

/** A program to run that may hang, flood or fork. */
export interface ProgramRequest {
  /** `argv[0]` is looked up on the `PATH` of `env`. */
  argv: string[];
  cwd: string;
  /** The child's whole environment; nothing is inherited. */
  env: Record<string, string>;
  /** File that the program reads as stdin. Default: nothing. */
  stdinFile?: string;
  /** Milliseconds until it is killed, with all its children. */
  deadlineMs: number;
  /** Kills it when fired. */
  signal?: AbortSignal;
  /** Takes stdout as it arrives; returning `"enough"` kills the program. The bytes are only lent. */
  onStdout?(chunk: Uint8Array): "enough" | void;
  /** Takes stderr as it arrives, in the same way. */
  onStderr?(chunk: Uint8Array): "enough" | void;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Exit status; 128 + n when signal n ended it; 127 when it was not found. */
  status: number;
  /** `killed`: because `onStdout` or `onStderr` had enough, or `signal` fired. */
  ending: "exited" | "deadline" | "killed";
  /** The last 2,048 characters of stderr. */
  stderrTail: string;
  ms: number;
}

/** After the program's own end, how long its last bytes may take to arrive. */
const DRAIN_MS = 100;
/** What the supervisor is granted beyond the deadline before it is given up itself. */
const GRACE_MS = 3000;

/**
 * Runs a program in a process group of its own and returns when the program itself ends, even if a child of
 * it still holds its stdout. Whatever is left of the group is killed, also when looop is killed meanwhile.
 *
 * @throws {UserError} where there is no bash, or `cwd` does not exist.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramEnd> {
  const { argv, cwd, env, stdinFile = "/dev/null", deadlineMs, signal } = request;
  if (signal?.aborted) return { status: 143, ending: "killed", stderrTail: "", ms: 0 };
  const { default: $ } = await import("@david/dax");
  const started = performance.now();
  const mark = crypto.randomUUID();
  let killed = false;
  const kill = () => {
    killed = true;
    child.kill("SIGTERM");
  };
  const stderr = new StderrReader(mark, (chunk) => {
    if (!killed && request.onStderr?.(chunk) === "enough") kill();
  });
  const stdout = new WritableStream<Uint8Array>({
    write(chunk) {
      if (!killed && request.onStdout?.(chunk) === "enough") kill();
    },
  });
  const seconds = String(Math.max(deadlineMs, 1) / 1000);
  const child = $`bash -c ${SUPERVISOR} looop ${[seconds, stdinFile, mark, ...argv]}`
    .stdin(new ReadableStream({}))
    .stdout(stdout)
    .stderr(new WritableStream<Uint8Array>({ write: (chunk) => stderr.take(chunk) }))
    .cwd(cwd).clearEnv().env(env).noThrow().spawn();
  signal?.addEventListener("abort", kill);
  const over = new AbortController();
  try {
    const status = await Promise.race([
      child.then((result) => result.code),
      stderr.marked.then(async (status) => {
        await systemClock.sleep(DRAIN_MS, over.signal);
        return status;
      }),
      systemClock.sleep(deadlineMs + GRACE_MS, over.signal).then(() => {
        child.kill("SIGKILL");
        return 137;
      }),
    ]);
    const ending = stderr.deadline ? "deadline" : killed ? "killed" : "exited";
    return { status, ending, stderrTail: stderr.tail(), ms: performance.now() - started };
  } catch (error) {
    const cause = (error as Error).message;
    throw new UserError(`cannot run ${argv[0]} in ${cwd}: ${cause}`, { cause: error });
  } finally {
    over.abort();
    signal?.removeEventListener("abort", kill);
  }
}

/** Keeps the tail of stderr, and finds in it what the supervisor says. */
class StderrReader {
  /** Resolves with the exit status once the supervisor says that the program ended. */
  readonly marked: Promise<number>;
  deadline = false;
  #tail = "";
  readonly #decoder = new TextDecoder();
  readonly #mark: string;
  readonly #pass: (chunk: Uint8Array) => void;
  readonly #resolve: (status: number) => void;

  constructor(mark: string, pass: (chunk: Uint8Array) => void) {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.marked = promise;
    this.#resolve = resolve;
    this.#mark = mark;
    this.#pass = pass;
  }

  take(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#tail = (this.#tail + text).slice(-4096);
    const own = text.indexOf(`\n${this.#mark} `);
    this.#pass(own < 0 ? chunk : new TextEncoder().encode(text.slice(0, own)));
    const said = this.#tail.matchAll(new RegExp(`\\n${this.#mark} (deadline|\\d+)\\n`, "g"));
    for (const [, word] of said) {
      if (word === "deadline") this.deadline = true;
      else this.#resolve(Number(word));
    }
  }

  tail(): string {
    const end = this.#tail.indexOf(`\n${this.#mark} `);
    return (end < 0 ? this.#tail : this.#tail.slice(0, end)).slice(-2048).trim();
  }
}
