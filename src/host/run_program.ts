import { systemClock } from "./clock.ts";
import { StderrReader } from "./stderr_reader.ts";
import { SUPERVISOR } from "./supervisor.ts";
import type { Mask } from "../model/mask.ts";
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
  /** Milliseconds until it is killed, with all its children; at most 20 days. */
  deadlineMs: number;
  /** Hides secrets in what is kept of stderr. Default: none are hidden. */
  mask?: Mask;
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

/** After the program's own end, how long its last bytes may take to arrive, and how often that is granted anew. */
const DRAIN_MS = 100;
const MAX_DRAINS = 10;
/** What the supervisor is granted beyond the deadline before it is given up itself. */
const GRACE_MS = 3000;
/** A timer cannot count further than 2^31 ms. */
const MAX_DEADLINE_MS = 20 * 86_400_000;
/** What dax prints in place of the supervisor, which has no such line. */
const NO_BASH = "dax: bash: command not found";

/**
 * Runs a program in a process group of its own and returns when the program itself ends, even if a child of
 * it still holds its stdout. Whatever is left of the group is killed, also when looop is killed meanwhile.
 *
 * @throws {UserError} where there is no bash, or `cwd` does not exist.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramEnd> {
  const { argv, cwd, env, stdinFile = "/dev/null", signal } = request;
  if (signal?.aborted) return { status: 137, ending: "killed", stderrTail: "", ms: 0 };
  const deadlineMs = Math.min(Math.max(request.deadlineMs, 1), MAX_DEADLINE_MS);
  const { default: $ } = await import("@david/dax");
  const started = performance.now();
  const mark = crypto.randomUUID();
  const over = new AbortController();
  let [killed, gaveUp, chunks] = [false, false, 0];
  // Closed rather than a signal sent: one that comes while the supervisor starts would be lost.
  let lifeline!: ReadableStreamDefaultController<Uint8Array>;
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => void (lifeline = controller),
  });
  const kill = () => {
    if (!killed) lifeline.close();
    killed = true;
  };
  // A child that left the group may write on after the program's end: nobody listens any more.
  const pass = (to: ProgramRequest["onStdout"]) => (chunk: Uint8Array) => {
    chunks++;
    if (!killed && !over.signal.aborted && to?.(chunk) === "enough") kill();
  };
  const stderr = new StderrReader(mark, pass(request.onStderr?.bind(request)), request.mask);
  const seconds = String(deadlineMs / 1000);
  // Without -p, bash would run BASH_ENV and take functions from the environment.
  const child = $`bash -p -c ${SUPERVISOR} looop ${[seconds, stdinFile, mark, ...argv]}`
    .stdin(stdin)
    .stdout(new WritableStream<Uint8Array>({ write: pass(request.onStdout?.bind(request)) }))
    .stderr(new WritableStream<Uint8Array>({ write: (chunk) => stderr.take(chunk) }))
    .cwd(cwd).clearEnv().env(env).noThrow().spawn();
  signal?.addEventListener("abort", kill);
  try {
    const status = await Promise.race([
      child.then((result) => result.code),
      stderr.marked.then(async (status) => {
        for (let drain = 0, seen = -1; drain < MAX_DRAINS && seen !== chunks; drain++) {
          seen = chunks;
          await systemClock.sleep(DRAIN_MS, over.signal);
        }
        return status;
      }),
      systemClock.sleep(deadlineMs + GRACE_MS, over.signal).then(() => {
        gaveUp = !over.signal.aborted;
        if (gaveUp) child.kill("SIGKILL");
        return 137;
      }),
    ]);
    const stderrTail = stderr.tail();
    if (stderrTail === NO_BASH) throw new Error("there is no bash on PATH");
    const ending = stderr.deadline || gaveUp ? "deadline" : killed ? "killed" : "exited";
    return { status, ending, stderrTail, ms: performance.now() - started };
  } catch (error) {
    const cause = (error as Error).message;
    throw new UserError(`cannot run ${argv[0]} in ${cwd}: ${cause}`, { cause: error });
  } finally {
    over.abort();
    signal?.removeEventListener("abort", kill);
  }
}
