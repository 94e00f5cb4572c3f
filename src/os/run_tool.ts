import { join } from "@std/path";
import { UserError } from "../schema/errors.ts";
import ignoreInterrupt from "../scripts/ignore_interrupt.sh" with { type: "text" };
import type { Environment } from "./env.ts";

/** A program to run that is trusted to end, and to leave nothing behind. */
export interface ToolRequest {
  /** `argv[0]` is looked up on the `PATH` of `env`. */
  argv: string[];
  /** The child's whole environment; nothing is inherited. */
  env: Environment;
  /** Default: `/`, which never goes away. */
  cwd?: string;
  /** What it reads as stdin. Default: nothing. */
  stdin?: string;
  /** Milliseconds until it is given up, with status 124. Default 20,000. */
  timeoutMs?: number;
}

/** What a tool gave. */
export interface ToolResult {
  code: number;
  stdout: string;
  /** Stdout as it came. */
  bytes: Uint8Array<ArrayBuffer>;
  stderr: string;
}

/** The status of what was given up, as `timeout` has it. */
const GIVEN_UP = 124;
/** What is granted beyond the deadline until all of its output is there. */
const GRACE_MS = 1000;

/**
 * Runs a trusted program to its end.
 *
 * Without dax, which takes 55 ms to load: most of what a short command such as `looop ls` takes.
 *
 * @throws {UserError} where there is no bash.
 */
export async function runTool(request: ToolRequest): Promise<ToolResult> {
  const { argv, env, cwd = "/", stdin, timeoutMs = 20_000 } = request;
  const over = new AbortController();
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<null>();
  let timer = setTimeout(() => {
    over.abort();
    // What it had started may hold its output open.
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
    // A spawned child is read through streams, whose buffers cost a pulse that runs git all day 50 MiB.
    const output = stdin === undefined ? command.output() : fed(command.spawn(), stdin);
    const ended = await Promise.race([output, gaveUp]);
    if (ended === null) {
      return { code: GIVEN_UP, stdout: "", bytes: new Uint8Array(), stderr: "" };
    }
    const { code, stdout, stderr } = ended;
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      code: over.signal.aborted ? GIVEN_UP : code,
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
  const feed = async () => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  };
  // A program that ends before it has read all is its own affair: its status tells.
  const [output] = await Promise.all([child.output(), feed().catch(() => undefined)]);
  return output;
}

let lent = 0;

/** Tells whether a program has the terminal just now: then Ctrl-C, which reaches looop too, is meant for that one. */
export function isTerminalHandedOver(): boolean {
  return lent > 0;
}

/** Hands the terminal over to a program until it ends, and gives its exit status. */
export async function runInTerminal(argv: string[], env: Environment): Promise<number> {
  const { default: $ } = await import("@david/dax");
  lent++;
  try {
    const { code } = await $`bash -p -c ${`exec -- "$@"`} looop ${argv}`
      .clearEnv().env(env).stdin("inherit").stdout("inherit").stderr("inherit").noThrow();
    return code;
  } finally {
    lent--;
  }
}

/** Finds an executable by its bare name in the directories of a `PATH` value; `null` when it is in none. */
export function findProgram(name: string, path: string): string | null {
  for (const dir of path.split(":")) {
    if (dir === "") continue;
    const candidate = join(dir, name);
    try {
      const { isFile, mode } = Deno.statSync(candidate);
      if (isFile && (mode === null || (mode & 0o111) !== 0)) return candidate;
    } catch {
      // not in this folder, or the folder cannot be read
    }
  }
  return null;
}
