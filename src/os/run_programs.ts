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

/** The output of a program and how it ended. */
export interface JobResult {
  /** Stdout, up to the cap. */
  output: Uint8Array<ArrayBuffer>;
  overflowed: boolean;
  /** `stderrTail` is empty if the status is 0. */
  end: ProgramEnd;
}

/** Options of {@linkcode runPrograms}. */
export interface ProgramsOptions {
  cwd: string;
  /** For temporary files where the system's directories for these take none. */
  spareDir?: string;
  atOnce: number;
  mask?: Mask;
  /** Kills all when fired. */
  signal?: AbortSignal;
}

/** Milliseconds between two checks of the output files. */
const CHECK_MS = 50;
/** Milliseconds beyond a deadline after which looop ends the supervisor itself, and twice that until it kills it. */
const GRACE_MS = 3000;
/** Characters of stderr that are kept, and the bytes at its end that are read for them. */
const [TAIL, TAIL_WINDOW] = [2048, 1 << 16];
/** Bytes of stderr after which its beginning is dropped. */
const MAX_STDERR = 1 << 20;
/** Bytes that a program can print between two checks; further writes fail. */
const FLOOD_BYTES = 8 << 20;
/** The limit of file sizes. Output files begin with a hole that ends {@linkcode FLOOD_BYTES} below it. */
const FILE_LIMIT = 2 ** 40;
const MAX_DEADLINE_MS = 20 * 86_400_000;
/** On a disk, creating and removing a file may take a millisecond; in memory it does not. */
const MEMORY_DIR = "/dev/shm";

/**
 * Runs programs under one supervisor, each in a process group of its own; no program delays another one. The rest of a
 * group is killed when its program ends, and all groups when looop is killed.
 *
 * @returns the result of each job, in the order of `jobs`
 * @throws {UserError} if bash is missing or `cwd` does not exist.
 */
export async function runPrograms(
  jobs: ProgramJob[],
  { cwd, spareDir, atOnce, mask = NO_MASK, signal }: ProgramsOptions,
): Promise<JobResult[]> {
  if (jobs.length === 0) return [];
  const env = { ...jobs[0].env };
  const { text, secrets } = describeJobs(jobs, env);
  const dir = makePrivateDir(text, [MEMORY_DIR, undefined, spareDir]);
  const base = FILE_LIMIT - Math.max(FLOOD_BYTES, ...jobs.map(({ maxBytes }) => maxBytes + 1));
  const running = jobs.map((job, n) => new RunningJob(`${dir}/${n}`, job, base, mask));
  const over = new AbortController();
  let bash: RunningBash | undefined;
  let results: JobResult[] | undefined;
  const stop = () => {
    over.abort();
    bash?.close();
  };
  signal?.addEventListener("abort", stop);
  try {
    Deno.writeTextFileSync(`${dir}/log`, "", { mode: 0o600 });
    using log = Deno.openSync(`${dir}/log`);
    bash = await startBash({
      ...{ script: supervisor, program: "the sensors", cwd, env: { ...env, ...secrets } },
      args: [dir, ...[Math.max(1, atOnce), jobs.length, FILE_LIMIT, base].map(String)],
    });
    if (signal?.aborted) stop();
    const ended = bash.ended.finally(() => over.abort());
    const watch = async ({ close, kill }: RunningBash) => {
      for (await passed(CHECK_MS, over.signal); !over.signal.aborted;) {
        readLog(log, running);
        for (const job of running) job.check();
        const lateMs = Math.min(...running.map((job) => job.lateMs ?? Infinity));
        // Not even KILL ends a program that waits for a dead disk; and a supervisor may be stopped or killed.
        if (lateMs > GRACE_MS && lateMs < Infinity) {
          // Closed, it removes what they printed.
          results ??= running.map((job) => job.giveUp());
          close();
          if (lateMs > 2 * GRACE_MS) kill("SIGKILL");
        }
        await passed(CHECK_MS, over.signal);
      }
    };
    await Promise.all([ended, watch(bash)]);
    readLog(log, running);
    return results ?? running.map((job) => job.result());
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
    removeDir(dir);
  }
}

function makePrivateDir(jobs: string, [parent, ...others]: (string | undefined)[]): string {
  let dir: string | undefined;
  try {
    dir = Deno.makeTempDirSync({ dir: parent, prefix: "looop-" });
    Deno.writeTextFileSync(`${dir}/jobs`, jobs, { mode: 0o600 });
    return dir;
  } catch (error) {
    if (dir !== undefined) removeDir(dir);
    if (others.length === 0) throw error;
    return makePrivateDir(jobs, others);
  }
}

function removeDir(dir: string): void {
  try {
    Deno.removeSync(dir, { recursive: true });
  } catch {
    // the supervisor removes it, too
  }
}

/** Passes on what the supervisor has reported since the last call. */
function readLog(log: Deno.FsFile, running: RunningJob[]): void {
  const bytes = new Uint8Array(1 << 16);
  let text = "";
  for (let count; (count = log.readSync(bytes));) {
    text += new TextDecoder().decode(bytes.subarray(0, count));
  }
  for (const line of text.split("\n").slice(0, -1)) {
    const [word, n, ...values] = line.split(" ");
    running[Number(n)].report(word, values);
  }
}

/** A program that runs, and the files that it prints to. */
class RunningJob {
  #status: number | null = null;
  #ending: ProgramEnd["ending"] = "killed";
  #startedMs: number | null = null;
  #ms = 0;
  #stopped = false;
  #overflowed = false;
  /** Masked: what was kept of stderr before it was truncated. */
  #stderr = "";
  /** Whether the first line since stderr was truncated may be the rest of one. */
  #torn: "no" | "maybe" | "yes" = "no";
  /** Counted in checks, as the supervisor counts ticks. */
  #ranMs = 0;
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #deadlineMs: number;
  readonly #base: number;
  readonly #mask: Mask;

  constructor(path: string, { maxBytes, deadlineMs }: ProgramJob, base: number, mask: Mask) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#deadlineMs = deadlineMs;
    this.#base = base;
    this.#mask = mask;
  }

  /** Takes a line of the supervisor's log. */
  report(word: string, values: string[]): void {
    const time = msOf(values.at(-1) ?? "");
    if (word === "s") this.#startedMs = time;
    else if (word === "d") this.#ending = "deadline";
    else if (word === "t") this.#stopped = true;
    else if (word === "e") {
      this.#status = this.#stopped ? 128 + 19 : Number(values[0]);
      this.#ms = Math.max(0, time - (this.#startedMs ?? 0));
      if (this.#ending === "killed") this.#ending = "exited";
    }
  }

  /** Milliseconds since its deadline; `null` unless it runs. */
  get lateMs(): number | null {
    const runs = this.#startedMs !== null && this.#status === null;
    return runs ? this.#ranMs - this.#deadlineMs : null;
  }

  /** The result; it counts as killed at its deadline if it still runs. */
  giveUp(): JobResult {
    if (this.lateMs !== null) [this.#ending, this.#ms] = ["deadline", this.#ranMs];
    return this.result();
  }

  /** Kills it when its stdout has grown beyond the cap; keeps its stderr small. */
  check(): void {
    if (this.lateMs === null) return;
    this.#ranMs += CHECK_MS;
    const { size } = this.#stat("out");
    if (!this.#overflowed && size > this.#maxBytes) {
      this.#overflowed = true;
      Deno.writeTextFileSync(`${this.#path}.kill`, "");
    }
    const stderr = this.#stat("err");
    // Nothing came for a while after a whole line.
    if (stderr.size === 0 && this.#torn === "maybe") this.#torn = "no";
    if (stderr.size <= MAX_STDERR) return;
    // What is printed meanwhile is lost, and of a secret that is cut neither part may be shown.
    const text = this.#readStderr();
    Deno.truncateSync(`${this.#path}.err`, stderr.start);
    this.#stderr = this.#mask(text.replace(/[^\n]*$/, "")).slice(-TAIL);
    this.#torn = text.endsWith("\n") ? "maybe" : "yes";
  }

  result(): JobResult {
    const bytes = this.#status === null ? new Uint8Array() : this.#read("out", this.#maxBytes + 1);
    const overflowed = this.#overflowed || bytes.length > this.#maxBytes;
    // Masked before it is cut: half a secret would stay.
    const stderr = this.#status === 0 ? "" : this.#stderr + this.#mask(this.#readStderr());
    return {
      output: bytes.subarray(0, this.#maxBytes),
      overflowed,
      end: {
        // What its failing writes have made of its status does not matter.
        status: overflowed ? 137 : this.#status ?? 137,
        ending: overflowed ? "killed" : this.#ending,
        stderrTail: stderr.slice(-TAIL).trim(),
        ms: this.#ms,
      },
    };
  }

  /** The end of stderr, from a whole line on. */
  #readStderr(): string {
    const skipped = Math.max(0, this.#stat("err").size - TAIL_WINDOW);
    const text = new TextDecoder().decode(this.#read("err", TAIL_WINDOW, skipped));
    return skipped > 0 || this.#torn !== "no" ? text.replace(/^[^\n]*(\n|$)/, "") : text;
  }

  /** Where the output begins in a file, and its bytes. */
  #stat(stream: "out" | "err"): { start: number; size: number } {
    try {
      const { size } = Deno.statSync(`${this.#path}.${stream}`);
      const start = size >= this.#base ? this.#base : 0;
      return { start, size: size - start };
    } catch {
      return { start: 0, size: 0 }; // it was killed before it was made
    }
  }

  #read(stream: "out" | "err", maxBytes: number, skip = 0): Uint8Array<ArrayBuffer> {
    const { start, size } = this.#stat(stream);
    const bytes = new Uint8Array(Math.min(maxBytes, size - skip));
    if (bytes.length === 0) return bytes;
    using file = Deno.openSync(`${this.#path}.${stream}`);
    file.seekSync(start + skip, Deno.SeekMode.Start);
    let length = 0;
    while (length < bytes.length) {
      const count = file.readSync(bytes.subarray(length));
      if (count === null) break; // it was truncated meanwhile
      length += count;
    }
    return bytes.subarray(0, length);
  }
}

/** Milliseconds of a time that bash wrote: seconds and microseconds, with the separator of its locale; since version 5. */
function msOf(time: string): number {
  return time === "" ? performance.now() : Number(time.replace(/\D/g, "")) / 1000;
}

/** The supervisor's file `jobs`, without the values of variables: those it gets in its environment. */
function describeJobs(jobs: ProgramJob[], base: Environment) {
  const secrets: Environment = {};
  let count = 0;
  const text = jobs.map(({ argv, env, deadlineMs }, n) => {
    const vars = Object.keys(base).filter((name) => !(name in env)).map((name) => `unset ${name};`);
    for (const [name, value] of Object.entries(env)) {
      if (base[name] === value) continue;
      secrets[`looop_env_${count}`] = value;
      vars.push(`export ${name}="$looop_env_${count++}";`);
    }
    const tenths = Math.ceil(Math.min(Math.max(deadlineMs, 1), MAX_DEADLINE_MS) / 100);
    const command = `exec -- ${
      argv.map(quote).join(" ")
    } >>"$looop_dir/${n}.out" 2>>"$looop_dir/${n}.err"`;
    const job = vars.length > 0 ? `{ ${vars.join(" ")} ${command}; }` : command;
    return `if looop_next ${n} ${tenths}; then ${job} & looop_running[$!]=${n}; fi\n`;
  }).join("");
  return { text, secrets };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
