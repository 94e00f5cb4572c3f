import { join, resolve } from "@std/path";
import gitignore from "../../seeds/gitignore.txt" with { type: "text" };
import { removeFile } from "../os/dirs.ts";
import type { Env } from "../os/env.ts";
import { fileSize, read, readTextIfPresent } from "../os/read.ts";
import { findProgram, runTool, TIMED_OUT, type ToolResult } from "../os/run_tool.ts";
import { fileAge, isPresent, kindAt, stat, statFile } from "../os/stat.ts";
import { createFile } from "../os/write.ts";
import { obstructing, UserError } from "../schema/errors.ts";
import type { Profile } from "./profile.ts";

/** A lock file in `.git` older than this was left by a git that was killed. */
const STALE_LOCK_MS = 60_000;

/**
 * Runs git on the data directory's own repository.
 *
 * @throws {UserError} with its output if it fails.
 */
export async function git(
  profile: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  const result = await tryGit(profile, args, options);
  if (result.code === 0) return result;
  throw gitFailure(profile, nameOf(args), result);
}

/** The name of a git command. */
function nameOf(args: string[]): string {
  return args.find((word) => !word.startsWith("-")) ?? "";
}

/** One repair may show the next damage: a config, the refs, HEAD, the index. */
const MAX_REPAIRS = 4;

/**
 * The same, but returns a failure of git itself. Waits for locks of another git, removes those of a killed one, and repairs what a power
 * cut damages: the config, the index, refs, HEAD, its branch and the newest objects.
 */
export async function tryGit(
  profile: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  for (let repairs = 0;; repairs++) {
    const result = await withLocks(profile, args, options);
    if (result.code === 0 || repairs === MAX_REPAIRS || result.stderr === "") return result;
    const { repairHistory } = await import("./repair.ts");
    if (!await repairHistory(profile, result.stderr)) return result;
  }
}

/**
 * Repairs what git itself does not notice before a commit: a branch that is gone, beside which git would begin a new history,
 * and an index with a wrong checksum, whose damage it might commit.
 */
export async function checkRepository(profile: Profile): Promise<void> {
  const dir = gitDirOf(profile.paths.dataDir);
  const head = await readTextIfPresent(join(dir, "HEAD"));
  const [, ref] = /^ref: (refs\/\S+)/.exec(head ?? "") ?? [];
  if (ref !== undefined && !isPresent(join(dir, ref)) && fileSize(join(dir, "logs", ref)) > 0) {
    const packed = await tryGit(profile, ["show-ref", "--verify", "--quiet", ref]);
    if (packed.code !== 0) await (await import("./repair.ts")).repairHead(profile, dir);
  }
  const path = join(dir, "index");
  if (stat(path)?.isFile !== true) return;
  const bytes = read(path) ?? new Uint8Array();
  for (const [algorithm, length] of [["SHA-1", 20], ["SHA-256", 32]] as const) {
    const sum = bytes.slice(-length);
    // Zeros: index.skipHash is set.
    if (bytes.length > length && sum.every((byte) => byte === 0)) return;
    const digest = await crypto.subtle.digest(algorithm, bytes.slice(0, -length));
    if (sum.toHex() === new Uint8Array(digest).toHex()) return;
  }
  await (await import("./repair.ts")).rebuildIndex(profile);
}

/** The greatest status of a git that has ended by itself; a signal gives more. */
const MAX_STATUS = 129;

/**
 * The same without repairs.
 *
 * @throws {UserError} if git was killed or took too long: what it said so far answers nothing.
 */
export async function withLocks(
  profile: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  const { paths, env, clock } = profile;
  // git would wait for a writer of a FIFO.
  statFile(paths.gitignore);
  statFile(`${paths.dataDir}/.gitattributes`);
  for (let attempt = 1;; attempt++) {
    const result = await runGit(paths.dataDir, args, env, options);
    if (result.code > MAX_STATUS || result.code === TIMED_OUT) {
      throw gitFailure(profile, nameOf(args), result);
    }
    const lock = lockInTheWay(paths.dataDir, result);
    if (lock === null || attempt === 10) return result;
    const age = fileAge(lock, clock.now().getTime());
    // Also if it is from the future: the clock was set back since.
    if (age !== null && Math.abs(age) > STALE_LOCK_MS) await removeFile(lock);
    else await clock.sleep(100 * attempt);
  }
}

/** Returns the lock file that made git fail: of the index, HEAD, a branch or, in `git init`, the config. */
export function lockInTheWay(dataDir: string, { code, stderr }: ToolResult): string | null {
  if (code === 0) return null;
  const locked = /could not lock config file (.+): File exists/.exec(stderr)?.[1];
  const path = locked === undefined
    ? /Unable to create '(.+\.lock)': File exists/.exec(stderr)?.[1]
    : `${locked}.lock`;
  return path?.startsWith(`${dataDir}/.git/`) ? path : null;
}

/** Makes an error of a failed git command. */
export function gitFailure(
  { paths }: Profile,
  what: string,
  { code, stdout, stderr }: ToolResult,
): UserError {
  const output = (stderr || stdout).trim().slice(-500);
  return new UserError(`git ${what} in ${paths.dataDir} failed with status ${code}: ${output}`);
}

/** How long one git command may take, in milliseconds: enough for a large first commit on a slow disk. */
const TIMEOUT_MS = 300_000;

/** Options of a git command. */
export interface RunGitOptions {
  /** Its stdin. Default: empty. */
  stdin?: string;
  /** Milliseconds until it is killed. Default 300,000. */
  timeoutMs?: number;
}

/**
 * Runs git on the repository of exactly this directory, never a parent's, without the machine's or user's
 * configuration, hooks, signing or inherited `GIT_*` variables.
 */
export function runGit(
  dir: string,
  args: string[],
  env: Env,
  { stdin, timeoutMs = TIMEOUT_MS }: RunGitOptions = {},
): Promise<ToolResult> {
  const fixed = [
    ["core.hooksPath", "/dev/null"],
    // Otherwise those in ~/.config/git apply, whatever GIT_CONFIG_GLOBAL is. A repository of the user's own may have another
    // .gitignore, or none.
    ["core.excludesFile", `${dir}/.looop/gitignore`],
    ["core.attributesFile", "/dev/null"],
    ["commit.gpgSign", "false"],
    ["core.fsmonitor", "false"],
    // By default git does not sync these: after a power cut a branch could be empty, or name a missing object.
    ["core.fsync", "committed,loose-object,reference"],
    // They would refuse a file for its line ends, or for its place.
    ["core.safecrlf", "false"],
    ["core.sparseCheckout", "false"],
    ["core.quotePath", "false"],
    // One commit in thousands packs the repository. In the background that would outlive the tick, with locks that the
    // next one needs.
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
      // Before 2.32, git reads the user's configuration from here whatever GIT_CONFIG_GLOBAL is.
      HOME: "/dev/null",
      XDG_CONFIG_HOME: "/dev/null",
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    },
    stdin,
    timeoutMs,
  });
}

/** Writes the patterns of what is not part of the history to this file, unless it exists. */
export async function ignoreOwnFiles(path: string): Promise<void> {
  if (kindAt(path) === "nothing") await createFile(path, gitignore);
}

/** Reports whether the data directory is a git repository of its own. */
export function hasRepository(profile: Profile): boolean {
  const git = `${profile.paths.dataDir}/.git`;
  if (!gitInstalled(profile)) return false;
  const found = kindAt(git);
  // A file links to a repository elsewhere; a directory without one of these was left by a crash of `git init`.
  if (found === "file") return true;
  if (found === "a directory") {
    const head = kindAt(`${git}/HEAD`);
    // One with a reflog was there: its HEAD is repaired.
    return (head === "file" || (head === "nothing" && isPresent(`${git}/logs/HEAD`))) &&
      kindAt(`${git}/objects`) === "a directory";
  }
  if (found !== "nothing") throw obstructing("keep history in", git, found, "directory");
  return false;
}

/** The directory that git keeps its data in: `.git`, or what a file of that name links to. */
export function gitDirOf(dataDir: string): string {
  const path = join(dataDir, ".git");
  if (stat(path)?.isFile !== true) return path;
  const text = new TextDecoder().decode(read(path, { maxBytes: 4096 }) ?? new Uint8Array());
  const linked = /^gitdir: (.+)/.exec(text)?.[1].trimEnd();
  return linked === undefined ? path : resolve(dataDir, linked);
}

/** Reports whether git is on PATH. */
export function gitInstalled({ env }: Profile): boolean {
  return findProgram("git", env("PATH") ?? "") !== null;
}

/** Lists the paths that differ from the last commit or are new; all are relative to the data directory. */
export async function changedIn(
  profile: Profile,
  pathspecs: string[],
): Promise<{ /** As git prints it. */ status: string; path: string }[]> {
  const args = ["status", "--porcelain", "-z", "-uall", "--no-renames", "--ignore-submodules=all"];
  const { stdout } = await git(profile, [...args, "--", ...pathspecs]);
  return stdout.split("\0").filter(Boolean)
    .map((line) => ({ status: line.slice(0, 2), path: line.slice(3) }));
}
