import { inTheWay } from "../host/cannot.ts";
import { fileAge } from "../host/file_age.ts";
import { findFile, isSymlink } from "../host/find_file.ts";
import { findProgram } from "../host/find_program.ts";
import { isPlainFile } from "../host/is_plain_file.ts";
import { removeFile } from "../host/remove_file.ts";
import { runGit } from "../host/run_git.ts";
import type { ToolResult } from "../host/run_tool.ts";
import { whatIsAt } from "../host/what_is_at.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "./profile.ts";

/** A lock file in `.git` older than this was left by a git that was killed. */
const STALE_LOCK_MS = 60_000;

/** Tells whether the data directory is a repository of its own that git can work on. */
export async function hasMemory(profile: Profile): Promise<boolean> {
  // Without HEAD it is what a crash left of `git init`; a file leads to a repository elsewhere.
  const git = `${profile.paths.dataDir}/.git`;
  if (!await gitInstalled(profile)) return false;
  const found = await whatIsAt(git);
  if (found === "file") return true;
  if (found === "a folder") return await whatIsAt(`${git}/HEAD`) === "file";
  if (found !== "nothing") throw inTheWay("keep history in", git, found, "folder");
  return false;
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
 * names one: git would refuse all of them. Nothing changed: no commit.
 */
export async function commitPaths(
  profile: Profile,
  paths: string[],
  message: string,
  runId: string,
): Promise<void> {
  const known = await stillThereOrTracked(profile, paths);
  if (known.length === 0) return;
  const pathspec = ["--", ...known.map(literal)];
  await git(profile, ["add", "-A", "-f", ...pathspec]);
  const text = `${message}\n\nLooop-Run: ${runId}\n`;
  const result = await tryGit(profile, ["commit", "-q", "-m", text, ...pathspec]);
  if (result.code !== 0 && !/nothing to commit|no changes added/.test(result.stdout)) {
    throw failure(profile, "commit", result);
  }
}

function literal(path: string): string {
  return `:(top,literal)${path}`;
}

/** A pathspec that matches nothing, or nothing that git takes, would make git refuse all of them. */
async function stillThereOrTracked(profile: Profile, paths: string[]): Promise<string[]> {
  const missing: string[] = [];
  const odd: string[] = [];
  for (const path of paths) {
    const full = `${profile.paths.dataDir}/${path}`;
    const found = await isPlainFile(full);
    if (found === null) missing.push(path);
    else if (!found && !await isSymlink(full)) odd.push(path);
  }
  const rest = paths.filter((path) => !odd.includes(path));
  if (missing.length === 0) return rest;
  const { stdout } = await git(profile, ["ls-files", "-z", "--", ...missing.map(literal)]);
  const tracked = new Set(stdout.split("\0"));
  return rest.filter((path) => !missing.includes(path) || tracked.has(path));
}

async function git(profile: Profile, args: string[]): Promise<ToolResult> {
  const result = await tryGit(profile, args);
  if (result.code !== 0) throw failure(profile, args[0], result);
  return result;
}

/** Another git may hold a lock for a moment; one that was killed holds it for ever. */
async function tryGit({ paths, env, clock }: Profile, args: string[]): Promise<ToolResult> {
  // A FIFO there would keep git waiting for whoever writes to it.
  await findFile(paths.gitignore);
  await findFile(`${paths.dataDir}/.gitattributes`);
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
