import { removeFile } from "../os/dirs.ts";
import type { Env } from "../os/env.ts";
import { obstructing } from "../os/errors.ts";
import { findProgram, runTool, type ToolResult } from "../os/run_tool.ts";
import { fileAge, kindAt, statFile } from "../os/stat.ts";
import { UserError } from "../schema/errors.ts";
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
  statFile(paths.gitignore);
  statFile(`${paths.dataDir}/.gitattributes`);
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

/** How long one git command may take, in milliseconds: a large first commit on a slow disk takes its time. */
const TIMEOUT_MS = 300_000;

/** How git is run; all of it has a default. */
export interface RunGitOptions {
  /** What it reads as stdin. Default: nothing. */
  stdin?: string;
  /** Milliseconds until it is given up. Default 300,000. */
  timeoutMs?: number;
}

/**
 * Runs git on the repository of exactly this directory: never a parent's, and without what the machine's or
 * user's configuration, hooks, signing or inherited `GIT_*` variables would add.
 */
export function runGit(
  dir: string,
  args: string[],
  env: Env,
  { stdin, timeoutMs = TIMEOUT_MS }: RunGitOptions = {},
): Promise<ToolResult> {
  const fixed = [
    ["core.hooksPath", "/dev/null"],
    // Else those below ~/.config/git apply, whatever GIT_CONFIG_GLOBAL says.
    ["core.excludesFile", "/dev/null"],
    ["core.attributesFile", "/dev/null"],
    ["commit.gpgSign", "false"],
    ["core.fsmonitor", "false"],
    // By itself git leaves objects to the disk's leisure: a power cut could leave a branch that leads to nothing.
    ["core.fsync", "committed,loose-object"],
    ["core.quotePath", "false"],
    // A commit that packs the repository, one in thousands, is to have done so when it returns: in the
    // background it would outlive the tick, and hold locks that the next one needs.
    ["gc.autoDetach", "false"],
    ["maintenance.autoDetach", "false"],
    ["user.name", "looop"],
    ["user.email", "looop@localhost"],
  ].flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  return runTool({
    argv: ["git", `--git-dir=${dir}/.git`, `--work-tree=${dir}`, ...fixed, ...args],
    cwd: dir,
    env: {
      PATH: env("PATH") ?? "/usr/bin:/bin",
      HOME: env("HOME") ?? dir,
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    },
    stdin,
    timeoutMs,
  });
}

/** Tells whether the data directory is a repository of its own that git can work on. */
export function hasRepository(profile: Profile): boolean {
  const git = `${profile.paths.dataDir}/.git`;
  if (!gitInstalled(profile)) return false;
  const found = kindAt(git);
  // A file leads to a repository elsewhere; a directory that lacks one of these is what a crash left of `git init`.
  if (found === "file") return true;
  if (found === "a directory") {
    return kindAt(`${git}/HEAD`) === "file" &&
      kindAt(`${git}/objects`) === "a directory";
  }
  if (found !== "nothing") throw obstructing("keep history in", git, found, "directory");
  return false;
}

/** Tells whether git is on PATH. */
export function gitInstalled({ env }: Profile): boolean {
  return findProgram("git", env("PATH") ?? "") !== null;
}
