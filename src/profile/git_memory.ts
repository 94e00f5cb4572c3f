import { fileAge } from "../host/file_age.ts";
import { findProgram } from "../host/find_program.ts";
import { removeFile } from "../host/remove_file.ts";
import { runGit } from "../host/run_git.ts";
import type { ToolResult } from "../host/run_tool.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

/** A lock file in `.git` older than this was left by a git that was killed. */
const STALE_LOCK_MS = 60_000;
/** Names the run that a commit is of. */
const TRAILER = "Looop-Run";
/** Commits among which that of a run is looked for; people commit as well. */
const LAST_COMMITS = 1000;

/** Tells whether the data directory is a repository of its own that git can work on. */
export async function hasMemory(profile: Profile): Promise<boolean> {
  const git = `${profile.paths.dataDir}/.git`;
  if (!await gitInstalled(profile)) return false;
  // A file leads to a repository elsewhere; a folder that lacks one of these is what a crash left of `git init`.
  return await whatIsAt(git) === "file" ||
    (await whatIsAt(`${git}/HEAD`) === "file" && await whatIsAt(`${git}/objects`) === "a folder");
}

/** Tells whether git is on PATH. */
export async function gitInstalled({ env }: Profile): Promise<boolean> {
  return await findProgram("git", env("PATH") ?? "") !== null;
}

/** Makes the data directory a repository of its own, if it is none yet. */
export async function initMemory(profile: Profile): Promise<void> {
  await git(profile, ["init", "-q", "-b", "main"]);
}

/**
 * Commits what people and workers changed since the last commit, on its own, leaving out `except` (paths
 * relative to the data directory: what the loop itself is about to commit). Nothing changed: no commit.
 */
export async function commitEdits(
  profile: Profile,
  except: string[] = [],
  message = "Edits since the last move",
): Promise<void> {
  const pathspec = ["--", ".", ...except.map((path) => `:(exclude,top,literal)${path}`)];
  const { stdout } = await git(profile, ["status", "--porcelain", "-z", "-uall", ...pathspec]);
  if (stdout === "") return;
  await git(profile, ["add", "-A", ...pathspec]);
  await git(profile, ["commit", "-q", "-m", message]);
}

/**
 * Commits exactly these paths (relative to the data directory; removed ones too), even where a `.gitignore`
 * names one: git would refuse all of them. Nothing changed: no commit, unless it is made `evenEmpty`.
 */
export async function commitPaths(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string,
  { evenEmpty = false }: { evenEmpty?: boolean } = {},
): Promise<void> {
  const known = await stillThereOrTracked(profile, paths);
  if (known.length === 0) return;
  const pathspec = ["--", ...known.map(literal)];
  await git(profile, ["add", "-A", "-f", ...pathspec]);
  const text = `${message}\n\n${TRAILER}: ${runId}\n`;
  const empty = evenEmpty ? ["--allow-empty"] : [];
  const result = await tryGit(profile, ["commit", "-q", ...empty, "-m", text, ...pathspec]);
  if (result.code !== 0 && !/nothing to commit|no changes added/.test(result.stdout)) {
    throw failure(profile, "commit", result);
  }
}

/** Tells whether one of the last commits is that of a run. */
export async function isCommitted(profile: Profile, runId: string): Promise<boolean> {
  const format = `--format=%(trailers:key=${TRAILER},valueonly)`;
  // Where there is no commit at all, git fails.
  const { stdout } = await tryGit(profile, ["log", "-n", `${LAST_COMMITS}`, format]);
  return stdout.split("\n").includes(runId);
}

function literal(path: string): string {
  return `:(top,literal)${path}`;
}

/** A pathspec that matches nothing would make git refuse all of them. */
async function stillThereOrTracked(profile: Profile, paths: string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const path of paths) {
    if (await fileAge(`${profile.paths.dataDir}/${path}`, 0) === null) missing.push(path);
  }
  if (missing.length === 0) return paths;
  const { stdout } = await git(profile, ["ls-files", "-z", "--", ...missing.map(literal)]);
  const tracked = new Set(stdout.split("\0"));
  return paths.filter((path) => !missing.includes(path) || tracked.has(path));
}

async function git(profile: Profile, args: string[]): Promise<ToolResult> {
  const result = await tryGit(profile, args);
  if (result.code !== 0) throw failure(profile, args[0], result);
  return result;
}

/** Another git may hold a lock for a moment; one that was killed holds it for ever. */
async function tryGit({ paths, env, clock }: Profile, args: string[]): Promise<ToolResult> {
  for (let attempt = 1;; attempt++) {
    const result = await runGit(paths.dataDir, args, env);
    const lock = lockInTheWay(paths.dataDir, result);
    if (lock === null || attempt === 10) return result;
    const age = await fileAge(lock, clock.now().getTime());
    if (age !== null && age > STALE_LOCK_MS) await removeFile(lock);
    else await clock.sleep(100 * attempt);
  }
}

/** The lock file that kept git from its work: of the index, of HEAD or of a branch. */
function lockInTheWay(dataDir: string, { code, stderr }: ToolResult): string | null {
  if (code === 0) return null;
  const path = /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1];
  return path?.startsWith(`${dataDir}/.git/`) ? path : null;
}

function failure(
  { paths }: Profile,
  what: string,
  { code, stdout, stderr }: ToolResult,
): UserError {
  const said = (stderr || stdout).trim().slice(-500);
  return new UserError(`git ${what} in ${paths.dataDir} failed with status ${code}: ${said}`);
}
