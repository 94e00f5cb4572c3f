import { dirname, relative, resolve } from "@std/path";
import { OutputTail } from "../mask/mask.ts";
import type { Environment } from "../os/env.ts";
import { type ProgramEnd, runProgram } from "../os/run_program.ts";
import { kindAt, realPath, stat } from "../os/stat.ts";
import type { AdmittedCommand } from "../schema/action.ts";
import { UserError } from "../schema/errors.ts";
import limit from "../scripts/limit.sh" with { type: "text" };
import { childEnv } from "./child_env.ts";
import { openGitView } from "./git_view.ts";
import { changedFile } from "./named_files.ts";
import type { Profile } from "./profile.ts";
import { sandboxed, type SandboxExtras } from "./sandbox.ts";

/** What a program may use; every process that it starts gets the same. */
export interface ProgramLimits {
  /** Seconds of CPU. */
  cpuS: number;
  /** KiB of address space. Not on macOS. */
  memoryKiB: number;
  /** Whether it may write to files; otherwise each write to one fails. Its output is not meant. */
  writes: boolean;
}

/** Returns the argv that starts a program with limits, without core dumps. */
export function limitedArgv(
  argv: string[],
  { cpuS, memoryKiB, writes }: ProgramLimits,
): string[] {
  const words = [String(cpuS), String(memoryKiB), writes ? "unlimited" : "0"];
  return ["bash", "-p", "-c", limit, "looop", ...words, ...argv];
}

/** Counts what a program prints, on all its streams together, and stops it at a limit. */
export class OutputLimit {
  #bytes = 0;

  constructor(readonly maxBytes: number) {}

  /** Whether it printed more. */
  get exceeded(): boolean {
    return this.#bytes > this.maxBytes;
  }

  /** Wraps the reader of one stream. The chunk that exceeds the limit is passed on, too. */
  stream(take: (chunk: Uint8Array) => void): (chunk: Uint8Array) => "enough" | void {
    return (chunk) => {
      if (this.exceeded) return "enough";
      this.#bytes += chunk.length;
      take(chunk);
      if (this.exceeded) return "enough";
    };
  }
}

/** Seconds after which a command that only reads is killed. */
export const READ_TIMEOUT_S = 30;
/** Bytes of output after which it is killed. */
export const READ_MAX_BYTES = 16 << 20;

const MIB = 1024;
/** Address space, in KiB. Go programs such as gh reserve more of it than they use. */
const MEMORY_KIB: Record<string, number> = { git: 1024 * MIB, gh: 8192 * MIB };
const DEFAULT_MEMORY_KIB = 512 * MIB;

/** How an admitted command is started, now that its paths are resolved. */
export interface CommandStart extends AsyncDisposable {
  argv: string[];
  /** Absolute and without symlinks. */
  cwd: string;
  /** Variables besides those of every program. */
  env: Environment;
  /** What it needs in a sandbox. */
  extras: SandboxExtras;
}

/**
 * Resolves the paths of a command that only reads: what its operands and its directory lead to is what policy allows,
 * however they are spelled. Limits its CPU, its memory and, except for `gh`, which has a cache, its writes. Any other
 * command starts as it was admitted, if the files that it names are unchanged. `await using` removes temporary files.
 *
 * @throws {UserError} if a path leads elsewhere, or to something that is not a file or directory, or a file changed.
 */
export async function startCommand(
  profile: Profile,
  command: AdmittedCommand,
): Promise<CommandStart> {
  const { reads, cwd } = command;
  const [program] = command.argv;
  const dispose = () => Promise.resolve();
  if (reads === null) {
    const changed = await changedFile(profile, command.files);
    if (changed !== null) {
      throw new UserError(`${changed} was changed since this was admitted, so it was not run`);
    }
    return { argv: command.argv, cwd, env: {}, extras: {}, [Symbol.asyncDispose]: dispose };
  }
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const resolved = await Promise.all(
    command.argv.map((word, i) => reads.includes(i) ? resolveFile(dataDir, word) : word),
  );
  const argv = limitedArgv(resolved, {
    cpuS: READ_TIMEOUT_S,
    memoryKiB: MEMORY_KIB[program] ?? DEFAULT_MEMORY_KIB,
    writes: program === "gh",
  });
  if (program !== "git") {
    return { argv, cwd: dataDir, env: {}, extras: {}, [Symbol.asyncDispose]: dispose };
  }
  if (command.argv[1] === "blame") await refuseBehindLinks(cwd, command.argv.slice(2));
  const view = await openGitView(profile, cwd, dataDir);
  return {
    ...{ argv, cwd: view.cwd, env: view.env },
    extras: { cwd: view.cwd, shown: [view.path] },
    [Symbol.asyncDispose]: () => view[Symbol.asyncDispose](),
  };
}

/** How an admitted command is run. */
export interface RunOptions {
  /** Seconds after which it is killed, at most {@linkcode READ_TIMEOUT_S} if it only reads. */
  timeoutS: number;
  /** Variables besides those of every command and of its access. */
  env?: Environment;
  /** Puts it into a sandbox. Default: that of the config. */
  enter?(argv: string[], extras: SandboxExtras): Promise<string[]>;
  /** Kills it when fired. */
  signal?: AbortSignal;
}

/** How an admitted command ended. */
export interface CommandEnd extends ProgramEnd {
  /** The last 2,048 characters that it printed, masked. */
  output: string;
  /** Why looop killed it, in one line; `null` if it ended by itself, or looop was stopped. */
  killed: string | null;
}

/**
 * Runs a command exactly as policy admitted it.
 *
 * @throws {UserError} if it cannot be started, or is not what was admitted any more.
 */
export async function runAdmitted(
  profile: Profile,
  command: AdmittedCommand,
  { env, enter, signal, ...options }: RunOptions,
): Promise<CommandEnd> {
  const { access, reads } = command;
  await using start = await startCommand(profile, command);
  const timeoutS = reads ? Math.min(READ_TIMEOUT_S, options.timeoutS) : options.timeoutS;
  const output = new OutputTail(profile.mask, TAIL);
  const limit = new OutputLimit(reads ? READ_MAX_BYTES : Infinity);
  const end = await runProgram({
    argv: await (enter ?? ((argv, extras) => sandboxed(profile, access, argv, extras)))(
      start.argv,
      start.extras,
    ),
    cwd: start.cwd,
    env: { ...childEnv(profile, access.env), ...QUIET, ...env, ...start.env },
    deadlineMs: timeoutS * 1000,
    signal,
    onStdout: limit.stream(output.stream()),
    onStderr: limit.stream(output.stream()),
  });
  const killed = limit.exceeded
    ? `was killed after ${READ_MAX_BYTES} bytes of output`
    : end.ending === "deadline"
    ? `was killed after ${timeoutS} s`
    : null;
  return { ...end, output: output.text(), killed };
}

/** How many characters of its output are kept. */
const TAIL = 2048;

/** A pager would wait for a key, and colour codes are noise to a model. */
const QUIET: Environment = { PAGER: "cat", GIT_PAGER: "cat", NO_COLOR: "1", TERM: "dumb" };

/** Returns a path, relative to the real data directory, that leads to the same file without symlinks. */
async function resolveFile(dataDir: string, word: string): Promise<string> {
  // Stdin, which is empty.
  if (word === "-") return word;
  const path = resolve(dataDir, word);
  const real = await realPath(path);
  if (real === null) {
    // The program reports it; but it must not appear elsewhere meanwhile.
    if (stat(path) !== null) throw refusal(word, "it is a symlink that leads nowhere");
    let parent = dirname(path);
    while (await realPath(parent) === null) parent = dirname(parent);
    await resolveFile(dataDir, relative(dataDir, parent) || ".");
    return word;
  }
  const inside = relative(dataDir, real);
  const parts = inside.split("/");
  if (parts.some((part) => part.startsWith("."))) {
    throw refusal(word, "it leads out of the data directory or to a hidden file");
  }
  const kind = kindAt(real);
  if (kind !== "file" && kind !== "a directory") throw refusal(word, `it is ${kind}`);
  // Its other name may be anywhere.
  if (kind === "file" && (stat(real)?.nlink ?? 1) > 1) throw refusal(word, "it is a hard link");
  return real === path ? word : /^[-+]/.test(inside) ? `./${inside}` : inside || ".";
}

/** Only `git blame` reads what is behind a symlink to a directory; for other commands it is not in the repository. */
async function refuseBehindLinks(cwd: string, words: string[]): Promise<void> {
  const at = await realPath(cwd) ?? cwd;
  for (const word of words) {
    const dir = dirname(resolve(at, word));
    const real = await realPath(dir);
    if (real !== null && real !== dir) {
      throw new UserError(`cannot read ${word}: it is behind a symlink to ${real}`);
    }
  }
}

function refusal(path: string, why: string): UserError {
  return new UserError(`cannot read ${path}: ${why}; read a file of the data directory`);
}
