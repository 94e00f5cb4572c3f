import { type Mask, NO_MASK } from "../mask/mask.ts";
import supervisor from "../scripts/supervise_many.sh" with { type: "text" };
import { passed, type RunningBash, startBash } from "./bash.ts";
import type { Environment } from "./env.ts";
import type { ProgramEnd } from "./run_program.ts";

/** One of many programs that run under one supervisor. */
export interface ProgramJob {
  argv: string[];
  /** Its whole environment. */
  env: Environment;
  /** Milliseconds until it is killed, with all its children; counted in tenths of a second. */
  deadlineMs: number;
  /** Bytes of stdout that are kept; one byte more and it is killed. */
  maxBytes: number;
}

/** What a program printed and how it ended. */
export interface JobResult {
  /** Stdout, up to the cap. */
  output: Uint8Array<ArrayBuffer>;
  overflowed: boolean;
  /** `stderrTail` is empty where the status is 0. */
  end: ProgramEnd;
}

/** What all of the programs share. */
export interface ProgramsOptions {
  cwd: string;
  /** How many run at once. */
  atOnce: number;
  mask?: Mask;
  /** Kills all when fired. */
  signal?: AbortSignal;
}

const WATCH_MS = 15;
const TAIL = 2048;
/** What a program may print to stderr before its beginning is dropped. */
const MAX_STDERR = 1 << 20;
const MAX_DEADLINE_MS = 20 * 86_400_000;

/**
 * Runs programs under one supervisor, each in a process group of its own; no program delays another result.
 * Whatever is left of a group is killed, also when looop is killed meanwhile.
 *
 * @param onEnd takes the result of `jobs[n]` as soon as that program has ended
 * @throws {UserError} where there is no bash, or `cwd` does not exist.
 */
export async function runPrograms(
  jobs: ProgramJob[],
  { cwd, atOnce, mask = NO_MASK, signal }: ProgramsOptions,
  onEnd: (n: number, result: JobResult) => void,
): Promise<void> {
  if (jobs.length === 0) return;
  const dir = Deno.makeTempDirSync({ prefix: "looop-" });
  const running = new Map<number, RunningJob>();
  const begun = performance.now();
  const left = new Set(jobs.keys());
  let bash: RunningBash | undefined;
  let pending = "";
  const over = new AbortController();
  const finish = (n: number, status: number) => {
    const job = running.get(n) ?? new RunningJob(`${dir}/${n}`, performance.now());
    running.delete(n);
    left.delete(n);
    onEnd(n, job.result(status, jobs[n].maxBytes, mask));
    if (left.size === 0) stop();
  };
  const hear = (line: string) => {
    const [word, index, status] = line.split(" ");
    const n = Number(index);
    if (word === "s") running.set(n, new RunningJob(`${dir}/${n}`, performance.now()));
    else if (word === "d") running.get(n)!.ending = "deadline";
    else if (word === "t") running.get(n)!.stopped = true;
    else if (word === "e") finish(n, Number(status));
  };
  const stop = () => {
    over.abort();
    bash?.close();
  };
  const env = { ...jobs[0].env };
  const { text, secrets } = describeJobs(jobs, env);
  signal?.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  try {
    Deno.writeTextFileSync(`${dir}/jobs`, text, { mode: 0o600 });
    bash = await startBash({
      ...{ script: supervisor, program: "the sensors", cwd, env: { ...env, ...secrets } },
      args: [dir, `${Math.max(1, atOnce)}`, `${jobs.length}`],
      onStdout(chunk) {
        const lines = (pending + decoder.decode(chunk)).split("\n");
        pending = lines.pop()!;
        lines.forEach(hear);
      },
      onStderr: () => {},
    });
    if (signal?.aborted) stop();
    const ended = bash.ended.finally(() => over.abort());
    const watch = async () => {
      for (await passed(WATCH_MS, over.signal); !over.signal.aborted;) {
        for (const [n, job] of running) if (job.exceeds(jobs[n].maxBytes)) bash!.write(`${n}\n`);
        await passed(WATCH_MS, over.signal);
      }
    };
    await Promise.all([ended, watch()]);
  } finally {
    signal?.removeEventListener("abort", stop);
    over.abort();
    bash?.close();
    // The supervisor has removed it already, unless it did not start.
    await Deno.remove(dir, { recursive: true }).catch(() => undefined);
  }
  const ms = performance.now() - begun;
  const end: ProgramEnd = { status: 137, ending: "killed", stderrTail: "", ms };
  for (const n of left) onEnd(n, { output: new Uint8Array(), overflowed: false, end });
}

/** A program that runs, and the files that it prints to. */
class RunningJob {
  ending: ProgramEnd["ending"] = "exited";
  /** It stopped itself, as one does that wants the terminal. */
  stopped = false;
  #stderr = "";
  #overflowed = false;
  readonly #path: string;
  readonly #started: number;

  constructor(path: string, started: number) {
    this.#path = path;
    this.#started = started;
  }

  /** Tells, once, that its stdout has grown beyond the cap; keeps its stderr small. */
  exceeds(maxBytes: number): boolean {
    try {
      if (sizeOf(`${this.#path}.err`) > MAX_STDERR) {
        this.#stderr = textOf(`${this.#path}.err`).slice(-2 * TAIL);
        Deno.truncateSync(`${this.#path}.err`);
      }
      if (this.#overflowed || sizeOf(`${this.#path}.out`) <= maxBytes) return false;
    } catch {
      return false; // it has not printed yet
    }
    this.#overflowed = true;
    return true;
  }

  result(status: number, maxBytes: number, mask: Mask): JobResult {
    const bytes = readUpTo(`${this.#path}.out`, maxBytes + 1);
    const overflowed = this.#overflowed || bytes.length > maxBytes;
    const tail = status === 0 ? "" : mask(this.#stderr + textOf(`${this.#path}.err`));
    return {
      output: bytes.subarray(0, maxBytes),
      overflowed,
      end: {
        status: this.stopped ? 128 + 19 : status,
        ending: overflowed ? "killed" : this.ending,
        stderrTail: tail.slice(-TAIL).trim(),
        ms: performance.now() - this.#started,
      },
    };
  }
}

function sizeOf(path: string): number {
  return Deno.statSync(path).size;
}

function textOf(path: string): string {
  try {
    return new TextDecoder().decode(Deno.readFileSync(path));
  } catch {
    return ""; // it was killed before it was made
  }
}

function readUpTo(path: string, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    using file = Deno.openSync(path);
    const buffer = new Uint8Array(bytes);
    let length = 0;
    for (let read: number | null = 1; read && length < bytes; length += read ?? 0) {
      read = file.readSync(buffer.subarray(length));
    }
    return buffer.subarray(0, length);
  } catch {
    return new Uint8Array(); // it was killed before it was made
  }
}

/** The supervisor's file `jobs`, without the values of variables: those it gets in its environment. */
function describeJobs(jobs: ProgramJob[], base: Environment) {
  const secrets: Environment = {};
  let [text, count] = ["", 0];
  jobs.forEach(({ argv, env, deadlineMs }, n) => {
    const vars = Object.keys(base).filter((name) => !(name in env)).map((name) => `-${name}`);
    for (const [name, value] of Object.entries(env)) {
      if (base[name] === value) continue;
      secrets[`looop_env_${count}`] = value;
      vars.push(`${name}=${count++}`);
    }
    text += `looop_argv_${n}=(${argv.map(quote).join(" ")})\n`;
    if (vars.length > 0) text += `looop_vars_${n}=(${vars.map(quote).join(" ")})\n`;
    const deadline = Math.min(Math.max(deadlineMs, 1), MAX_DEADLINE_MS);
    text += `looop_deadlines[${n}]=${Math.ceil(deadline / 100)}\n`;
  });
  text += `looop_tickets=${jobs.map((_, n) => n % 10).join("")}\n`;
  return { text, secrets };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
