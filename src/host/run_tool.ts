import { UserError } from "../model/user_error.ts";
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
  stderr: string;
}

/** Ctrl-C in a terminal reaches every process of the foreground group: none is to stop half-way. */
const SHIELD = `trap '' INT; exec -- "$@"`;

/**
 * Runs a trusted program to its end.
 *
 * @throws {UserError} where there is no bash.
 */
export async function runTool(request: ToolRequest): Promise<ToolResult> {
  const { argv, env, cwd = "/", stdin, timeoutMs = 20_000 } = request;
  const { default: $ } = await import("@david/dax");
  const command = $`bash -p -c ${SHIELD} looop ${argv}`
    .cwd(cwd).clearEnv().env(env).stdout("piped").stderr("piped").noThrow().timeout(timeoutMs);
  const result = await (stdin === undefined ? command.stdin("null") : command.stdinText(stdin));
  const stderr = result.stderr.trim();
  if (stderr === "dax: bash: command not found") {
    throw new UserError(`cannot run ${argv[0]}: there is no bash on PATH`);
  }
  return { code: result.code, stdout: result.stdout, stderr };
}
