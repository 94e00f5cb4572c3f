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

/**
 * Runs a program in a process group of its own and returns when the program itself ends, even if a child of
 * it still holds its stdout. Whatever is left of the group is killed, also when looop is killed meanwhile.
 *
 * Without dax: it takes 55 ms to load, most of what a cold tick takes, and a third more CPU for each program.
 *
 * @throws {UserError} where there is no bash, or `cwd` does not exist.
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramEnd> {
  const { signal } = request;
  if (signal?.aborted) return { status: 137, ending: "killed", stderrTail: "", ms: 0 };
  const deadlineMs = Math.min(Math.max(request.deadlineMs, 1), MAX_DEADLINE_MS);
  const started = performance.now();
  const mark = crypto.randomUUID();
  const over = new AbortController();
  let [killed, gaveUp, chunks] = [false, false, 0];
  const kill = () => {
    // Closed rather than a signal sent: one that comes while the supervisor starts would be lost.
    if (!killed) child.stdin.close().catch(() => undefined); // it has ended by itself
    killed = true;
  };
  // A child that left the group may write on after the program's end: nobody listens any more.
  const pass = (to: ProgramRequest["onStdout"]) => (chunk: Uint8Array) => {
    chunks++;
    if (!killed && !over.signal.aborted && to?.(chunk) === "enough") kill();
  };
  const stderr = new StderrReader(mark, pass(request.onStderr?.bind(request)), request.mask);
  const child = startSupervisor(request, deadlineMs, mark);
  const readers = [
    listen(child.stdout, pass(request.onStdout?.bind(request)), over.signal),
    listen(child.stderr, (chunk) => stderr.take(chunk), over.signal),
  ];
  signal?.addEventListener("abort", kill);
  try {
    const status = await Promise.race([
      Promise.all([child.status, ...readers]).then(([{ code }]) => code),
      stderr.marked.then(async (status) => {
        for (let drain = 0, seen = -1; drain < MAX_DRAINS && seen !== chunks; drain++) {
          seen = chunks;
          await passed(DRAIN_MS, over.signal);
        }
        return status;
      }),
      passed(deadlineMs + GRACE_MS, over.signal).then(() => {
        gaveUp = !over.signal.aborted;
        if (gaveUp) killNow(child);
        return 137;
      }),
    ]);
    const stderrTail = stderr.tail();
    const ending = stderr.deadline || gaveUp ? "deadline" : killed ? "killed" : "exited";
    return { status, ending, stderrTail, ms: performance.now() - started };
  } finally {
    over.abort();
    signal?.removeEventListener("abort", kill);
    child.stdin.close().catch(() => undefined); // closed already
  }
}

function startSupervisor(
  { argv, cwd, env, stdinFile = "/dev/null" }: ProgramRequest,
  deadlineMs: number,
  mark: string,
): Deno.ChildProcess {
  try {
    return new Deno.Command("bash", {
      // Without -p, bash would run BASH_ENV and take functions from the environment.
      args: ["-p", "-c", SUPERVISOR, "looop", `${deadlineMs / 1000}`, stdinFile, mark, ...argv],
      ...{ cwd, env, clearEnv: true },
      ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
    }).spawn();
  } catch (error) {
    const { message } = error as Error;
    const none = error instanceof Deno.errors.NotFound;
    const why = !none
      ? message
      : message.includes("cwd")
      ? "there is no such folder"
      : "there is no bash on PATH";
    throw new UserError(`cannot run ${argv[0]} in ${cwd}: ${why}`, { cause: error });
  }
}

/** Resolves after `ms`, or once `over` fires. Without `setTimeout`: the first one in a process takes Deno 5 ms. */
function passed(ms: number, over: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(ms);
  return new Promise((resolve) => {
    const finish = () => {
      // One that is listened to keeps the process running until it fires.
      timeout.removeEventListener("abort", finish);
      over.removeEventListener("abort", finish);
      resolve();
    };
    timeout.addEventListener("abort", finish);
    over.addEventListener("abort", finish);
  });
}

function killNow(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended: what it left behind holds its output open.
  }
}

/** Takes what comes until there is no more, or nobody listens any more. */
async function listen(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = stream.getReader();
  const stop = () => void reader.cancel();
  signal.addEventListener("abort", stop);
  for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
  signal.removeEventListener("abort", stop);
}
