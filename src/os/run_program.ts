import { type Mask, NO_MASK } from "../mask/mask.ts";
import { MaskStream } from "../mask/stream.ts";
import { UserError } from "../schema/errors.ts";

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

/** How much of stderr is kept, in characters. */
const TAIL = 2048;

/** Passes a program's stderr on, keeps its end, and takes out of it what the supervisor says. */
export class StderrReader {
  /** Resolves with the exit status once the supervisor says that the program ended. */
  readonly marked: Promise<number>;
  /** The supervisor said that the deadline killed it. */
  deadline = false;
  #tail = "";
  /**
   * What may be the beginning of the mark, which is a byte that no program ends its lines with: the last line
   * must not be held back while the program sleeps.
   */
  #held: Uint8Array = new Uint8Array();
  /** What the supervisor said; `null` until it speaks. */
  #said: string | null = null;
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
    // Before it is cut: half a secret would stay.
    this.#masked = new MaskStream(mask);
  }

  /** Takes the next bytes of stderr. */
  take(chunk: Uint8Array): void {
    if (this.#said !== null) return this.#hear(this.#bytewise.decode(chunk));
    const bytes = joined(this.#held, chunk);
    const text = this.#bytewise.decode(bytes);
    const at = text.indexOf(this.#mark);
    const end = at < 0 ? text.length - beginOf(this.#mark, text) : at;
    this.#forward(bytes.subarray(0, end));
    this.#held = at < 0 ? bytes.slice(end) : new Uint8Array();
    if (at >= 0) this.#hear(text.slice(at));
  }

  /** The last 2,048 characters, masked, without what the supervisor said. */
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

  #hear(text: string): void {
    this.#said = (this.#said ?? "") + text;
    for (const line of this.#said.split("\n").slice(0, -1)) {
      if (!line.startsWith(this.#mark)) continue;
      const word = line.slice(this.#mark.length);
      if (word === "deadline") this.deadline = true;
      else if (/^\d+$/.test(word)) this.#resolve(Number(word));
    }
    // Whatever a child that lives on has to say is nobody's business any more.
    this.#said = this.#said.slice(-4096);
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

/**
 * Bash that runs one program which may hang, flood or fork, and leaves nothing of it behind.
 *
 * Arguments: deadline in seconds, file for the program's stdin, a mark, then the program's argv. The program
 * runs in a process group of its own. Stdin of the supervisor is its lifeline: when looop closes it, or dies,
 * however it dies, the group is killed. On stderr, after all else, it writes the byte 1 and `<mark> <status>`:
 * the program has ended, though a child that left its group may still hold stdout. `<mark> deadline` comes
 * before that when the deadline killed it.
 *
 * Facts behind it: only bash can `set -m` without a terminal; job messages ("Killed …") go to the shell's
 * own stderr, so that is not the program's; `exec` keeps `argv[0]` from naming a builtin such as `eval`; a
 * TERM may come before the program's pid is known, so it is noted, too; `read -t` in a subshell waits without
 * a second program. The long variable names are not the program's own: what bash has exported, it changes.
 */
export const SUPERVISOR = `
set -m
exec 3>&2 2>/dev/null 4<&0 0</dev/null
trap 'looop_killed=1; [ "$looop_pid" ] && kill -s KILL -- -$looop_pid' TERM INT HUP
exec -- "\${@:4}" 2>&3 <"$2" 3>&- 4<&- &
looop_pid=$!
[ "$looop_killed" ] && kill -s KILL -- -$looop_pid
exec 1>&2
(
  read -r -t "$1" _ <&4
  [ $? -gt 128 ] && printf '\\001%s deadline\\n' "$3" >&3
  kill -s KILL -- -$looop_pid
) &
looop_watch=$!
wait $looop_pid
looop_status=$?
trap '' TERM INT HUP
kill -s KILL $looop_watch
kill -s KILL -- -$looop_pid
printf '\\001%s %s\\n' "$3" $looop_status >&3
exit $looop_status
`;
