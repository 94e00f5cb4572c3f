import { UserError } from "../schema/errors.ts";
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/**
 * Makes a directory outside of the data directory that nobody else can enter. Where it is there already, it must
 * be the user's own, not a symlink, and closed to others: in `/tmp` anybody may have made it first.
 *
 * bash makes it, since looop's own process may not write there.
 *
 * @throws {UserError} where it is not such a directory.
 */
export async function ensurePrivateDir(path: string, env: Environment): Promise<void> {
  const wrong = await privacyProblem(path);
  if (wrong === null) return;
  if (wrong !== "missing") throw refusal(path, wrong);
  const made = await runTool({ argv: ["mkdir", "-m", "700", "--", path], env });
  // Another looop may have been first: what counts is what stands there now.
  const left = await privacyProblem(path);
  if (left !== null) throw refusal(path, left === "missing" ? made.stderr : left);
}

/** Says why a directory is not the user's own and closed to others; `missing` where it is not there, `null`: it is. */
export async function privacyProblem(path: string): Promise<string | null> {
  let found: Deno.FileInfo;
  try {
    found = await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    return (error as Error).message;
  }
  if (found.isSymlink) return "it is a symlink";
  if (!found.isDirectory) return "it is no directory";
  if (found.uid !== null && found.uid !== Deno.uid()) return `it belongs to user ${found.uid}`;
  if (found.mode !== null && (found.mode & 0o077) !== 0) return "others may enter it";
  return null;
}

function refusal(path: string, why: string): UserError {
  return new UserError(
    `cannot use ${path} for the socket of tmux: ${why}\n` +
      "remove it, or set XDG_RUNTIME_DIR or TMPDIR to a directory of your own",
  );
}
