import { UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/**
 * Creates a directory outside of the data directory that only the user can enter. An existing one must belong to the
 * user, be closed to others and not be a symlink: in `/tmp` another user may have created it first.
 *
 * A child process creates it, because looop's own process has no permission to write there.
 *
 * @throws {UserError} if it cannot be made, or is not private.
 */
export async function ensurePrivateDir(path: string, env: Environment): Promise<void> {
  const problem = await privacyProblem(path);
  if (problem === null) return;
  if (problem !== "missing") throw refusal(path, problem);
  const made = await runTool({ argv: ["mkdir", "-p", "-m", "700", "--", path], env });
  // Another looop may have created it meanwhile.
  const left = await privacyProblem(path);
  if (left !== null) throw refusal(path, left === "missing" ? made.stderr : left);
}

/** Returns why a directory is not private to the user: `missing` if it is not there, `null` if it is private. */
export async function privacyProblem(path: string): Promise<string | null> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    return (error as Error).message;
  }
  if (found.isSymlink) return "it is a symlink";
  if (!found.isDirectory) return "it is not a directory";
  if (found.uid !== null && found.uid !== Deno.uid()) return `it belongs to user ${found.uid}`;
  if (found.mode !== null && (found.mode & 0o077) !== 0) return "other users can enter it";
  return null;
}

function refusal(path: string, why: string): UserError {
  return new UserError(
    `cannot use ${path} for the tmux socket: ${why}\n` +
      "remove it, or set XDG_RUNTIME_DIR or TMPDIR to your own directory",
  );
}
