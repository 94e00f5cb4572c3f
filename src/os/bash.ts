import { messageOf, UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { findProgram } from "./run_tool.ts";
import { kindAt } from "./stat.ts";

/** A bash to start. */
export interface BashRequest {
  script: string;
  args: string[];
  /** Named in errors. */
  program: string;
  cwd: string;
  /** The whole environment; nothing is inherited. */
  env: Environment;
  /** Default: stdout is discarded. */
  onStdout?(chunk: Uint8Array): void;
  /** Default: stderr is discarded. */
  onStderr?(chunk: Uint8Array): void;
}

/** A bash that runs. */
export interface RunningBash {
  /** Closes its stdin. */
  close(): void;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /**
   * Resolves once it has ended and its output was read to the end.
   *
   * @throws {UserError} if bash is missing or `cwd` does not exist.
   */
  ended: Promise<void>;
}

/** Starts bash through dax, which is imported here since loading it takes 55 ms. */
export async function startBash(request: BashRequest): Promise<RunningBash> {
  const { script, args, cwd, env, onStdout, onStderr } = request;
  const { CommandBuilder } = await import("@david/dax");
  let input!: ReadableStreamDefaultController<Uint8Array>;
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => void (input = controller),
  });
  let closed = false;
  const close = () => {
    if (!closed) input.close();
    closed = true;
  };
  const child = new CommandBuilder()
    // By its path, since dax fails at a directory of PATH that it may not enter.
    // Without -p, bash would run BASH_ENV and take functions from the environment.
    .command([findProgram("bash", env.PATH ?? "") ?? "bash", "-p", "-c", script, "looop", ...args])
    .cwd(cwd).clearEnv().env(env)
    .stdin(stdin).stdout(writerOf(onStdout)).stderr(writerOf(onStderr))
    .noThrow().spawn();
  const ended = child.then(({ code }) => {
    if (code === 127 || code === 126) refuse(request);
  }, (error) => refuse(request, error)).finally(close);
  return {
    close,
    kill: (signal) => child.kill(signal),
    ended,
  };
}

function writerOf(take?: (chunk: Uint8Array) => void) {
  return take === undefined ? "null" : {
    writeSync(chunk: Uint8Array): number {
      take(chunk);
      return chunk.length;
    },
  };
}

function refuse({ program, cwd, env }: BashRequest, error?: unknown): void {
  const why = kindAt(cwd) === "nothing"
    ? "there is no such directory"
    : findProgram("bash", env.PATH ?? "") === null
    ? "there is no bash on PATH"
    : error && messageOf(error);
  if (why) throw new UserError(`cannot run ${program} in ${cwd}: ${why}`, { cause: error });
}

/** Resolves after `ms`, or once `over` fires. Without `setTimeout`: the first one in a process takes Deno 5 ms. */
export function passed(ms: number, over: AbortSignal): Promise<void> {
  const timeout = AbortSignal.timeout(ms);
  return new Promise((resolve) => {
    const finish = () => {
      // A timeout with a listener keeps the process running until it fires.
      timeout.removeEventListener("abort", finish);
      over.removeEventListener("abort", finish);
      resolve();
    };
    timeout.addEventListener("abort", finish);
    over.addEventListener("abort", finish);
  });
}
