import { fileAge } from "../host/file_age.ts";
import { findFile } from "../host/find_file.ts";
import { removeFile } from "../host/remove_file.ts";
import { runGit, type RunGitOptions } from "../host/run_git.ts";
import type { ToolResult } from "../host/run_tool.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

/** A lock file in `.git` older than this was left by a git that was killed. */
const STALE_LOCK_MS = 60_000;

/**
 * Runs git on the data directory's own repository.
 *
 * @throws {UserError} where it fails, with what it said.
 */
export async function git(
  profile: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  const result = await tryGit(profile, args, options);
  if (result.code !== 0) throw gitFailure(profile, verbOf(args), result);
  return result;
}

/** The same, but a failure is the caller's affair. Another git may hold a lock for a moment, a killed one for ever. */
export async function tryGit(
  { paths, env, clock }: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  // A FIFO there would keep git waiting for whoever writes to it.
  findFile(paths.gitignore);
  findFile(`${paths.dataDir}/.gitattributes`);
  for (let attempt = 1;; attempt++) {
    const result = await runGit(paths.dataDir, args, env, options);
    const lock = lockInTheWay(paths.dataDir, result);
    if (lock === null || attempt === 10) return result;
    const age = fileAge(lock, clock.now().getTime());
    // Also one from the future: the clock was set back since.
    if (age !== null && Math.abs(age) > STALE_LOCK_MS) await removeFile(lock);
    else await clock.sleep(100 * attempt);
  }
}

/** The lock file that kept git from its work: of the index, of HEAD, of a branch or, in `git init`, of the config. */
function lockInTheWay(dataDir: string, { code, stderr }: ToolResult): string | null {
  if (code === 0) return null;
  const locked = /could not lock config file (.+): File exists/.exec(stderr)?.[1];
  const path = locked === undefined
    ? /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1]
    : `${locked}.lock`;
  return path?.startsWith(`${dataDir}/.git/`) ? path : null;
}

/** What git said, for a person. */
export function gitFailure(
  { paths }: Profile,
  what: string,
  { code, stdout, stderr }: ToolResult,
): UserError {
  const said = (stderr || stdout).trim().slice(-500);
  return new UserError(`git ${what} in ${paths.dataDir} failed with status ${code}: ${said}`);
}

function verbOf(args: string[]): string {
  return args.find((word) => !word.startsWith("-")) ?? "";
}
