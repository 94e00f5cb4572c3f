import { join } from "@std/path";
import { UserError } from "../schema/errors.ts";
import ignoreInterrupt from "../scripts/ignore_interrupt.sh" with { type: "text" };
import type { Environment } from "./env.ts";
import { mayExecute } from "./stat.ts";
import { handTerminalOver } from "./terminal.ts";

/** A trusted program to run: it ends, and leaves no processes behind. */
export interface ToolRequest {
  /** `argv[0]` is looked up on the `PATH` of `env`. */
  argv: string[];
  /** The child's whole environment; nothing is inherited. */
  env: Environment;
  /** Default: `/`, which always exists. */
  cwd?: string;
  /** Its stdin. Default: empty. */
  stdin?: string;
  /** Deadline in milliseconds, after which the status is {@linkcode TIMED_OUT}. Default 20,000. */
  timeoutMs?: number;
}

/** The result of a tool. */
export interface ToolResult {
  code: number;
  stdout: string;
  /** Stdout, not decoded. */
  bytes: Uint8Array<ArrayBuffer>;
  stderr: string;
}

/** The status of a tool after its deadline, as of `timeout`. */
export const TIMED_OUT = 124;
/** Milliseconds after the deadline to wait for the rest of the output. */
const GRACE_MS = 1000;

/**
 * Runs a trusted program to its end. It does not use dax, which takes 55 ms to load: most of the time that a short command
 * such as `looop ls` takes.
 *
 * @throws {UserError} if bash or the directory is missing.
 */
export async function runTool(request: ToolRequest): Promise<ToolResult> {
  const { argv, env, cwd = "/", stdin, timeoutMs = 20_000 } = request;
  const over = new AbortController();
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<null>();
  let timer = setTimeout(() => {
    over.abort();
    // A process that the tool started may keep its output open.
    timer = setTimeout(() => giveUp(null), GRACE_MS);
  }, timeoutMs);
  try {
    const command = new Deno.Command("bash", {
      args: ["-p", "-c", ignoreInterrupt, "looop", ...argv],
      ...{ cwd, env, clearEnv: true, signal: over.signal },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    });
    // The streams of a spawned child cost 50 MiB of buffers in a pulse that runs git all day.
    const output = stdin === undefined ? command.output() : fed(command.spawn(), stdin);
    const ended = await Promise.race([output, gaveUp]);
    if (ended === null) {
      return { code: TIMED_OUT, stdout: "", bytes: new Uint8Array(), stderr: "" };
    }
    const { code, stdout, stderr } = ended;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      code: over.signal.aborted ? TIMED_OUT : code,
      stdout: text(stdout),
      bytes: stdout,
      stderr: text(stderr).trim(),
    };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`cannot run ${argv[0]} in ${cwd}: no bash on PATH, or no such directory`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function fed(child: Deno.ChildProcess, stdin: string): Promise<Deno.CommandOutput> {
  // A program may end before it has read everything; its status shows if that is an error.
  const feeding = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => undefined);
  const [output] = await Promise.all([child.output(), feeding]);
  return output;
}

/** Hands the terminal over to a program until it ends, and returns its exit status. */
export async function runInTerminal(argv: string[], env: Environment): Promise<number> {
  const { default: $ } = await import("@david/dax");
  // By its path, since dax fails at a directory of PATH that it may not enter.
  const bash = findProgram("bash", env.PATH ?? "") ?? "bash";
  const { code } = await handTerminalOver(() =>
    $`${bash} -p -c ${`exec -- "$@"`} looop ${argv}`
      .clearEnv().env(env).stdin("inherit").stdout("inherit").stderr("inherit").noThrow()
  );
  return code;
}

/**
 * Finds a program by its name in the directories of a `PATH` value; `null` if none has it. As a shell does, it passes over
 * what this user may not enter or execute.
 */
export function findProgram(name: string, path: string): string | null {
  const candidates = path.split(":").filter(Boolean).map((dir) => join(dir, name));
  return candidates.find(mayExecute) ?? null;
}
