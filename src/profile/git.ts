import { join, resolve } from "@std/path";
import { listDir, removeDir, removeFile } from "../os/dirs.ts";
import type { Env } from "../os/env.ts";
import { read } from "../os/read.ts";
import { findProgram, runTool, type ToolResult } from "../os/run_tool.ts";
import { fileAge, isPresent, kindAt, stat, statFile } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
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
  throw gitFailure(profile, args.find((word) => !word.startsWith("-")) ?? "", result);
}

/**
 * The same, but returns a failure. Waits for locks of another git, removes those of a killed one, and repairs what a power
 * cut damages: the index, HEAD, its branch and the newest objects.
 */
export async function tryGit(
  profile: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  const result = await withLocks(profile, args, options);
  const repaired = result.code !== 0 &&
    (DAMAGED_INDEX.test(result.stderr) && await rebuildIndex(profile) ||
      DAMAGED_HEAD.test(result.stderr) && await repairHead(profile));
  return repaired ? await withLocks(profile, args, options) : result;
}

/** What git 2.25 to 2.50 report of an index that they cannot use. */
const DAMAGED_INDEX = new RegExp(
  "index file (corrupt|smaller than expected|open failed|too short)|unable to map index file|" +
    "bad (index file|signature|index version|hash algorithm)|unknown index entry format|" +
    "cache entry has null sha1|malformed name field|unordered stage entries|cannot fix index|index uses .* extension, which",
);

/**
 * Replaces the index if its checksum is wrong: git itself does not check that, and might commit the damage.
 */
export async function checkIndex(profile: Profile): Promise<void> {
  const path = join(gitDirOf(profile.paths.dataDir), "index");
  if (stat(path)?.isFile !== true) return;
  const bytes = read(path) ?? new Uint8Array();
  for (const [algorithm, length] of [["SHA-1", 20], ["SHA-256", 32]] as const) {
    const sum = bytes.slice(-length);
    // Zeros: index.skipHash is set.
    if (bytes.length > length && sum.every((byte) => byte === 0)) return;
    const digest = await crypto.subtle.digest(algorithm, bytes.slice(0, -length));
    if (sum.toHex() === new Uint8Array(digest).toHex()) return;
  }
  await rebuildIndex(profile);
}

/** Replaces the index by that of the last commit: what was staged is not, but all files are as they were. */
async function rebuildIndex(profile: Profile): Promise<boolean> {
  const isDone = await readTree(profile);
  if (isDone) {
    profile.warn(
      `the index of git in ${profile.paths.dataDir} was damaged: it is made again from the last commit, and no file has changed`,
    );
  }
  return isDone;
}

async function readTree(profile: Profile): Promise<boolean> {
  await removeDir(join(gitDirOf(profile.paths.dataDir), "index"));
  const args = (await withLocks(profile, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]))
      .code === 0
    ? ["read-tree", "HEAD"]
    : ["read-tree", "--empty"];
  return (await withLocks(profile, args)).code === 0;
}

/** What git reports where HEAD, its branch, or an object that it names is damaged. */
const DAMAGED_HEAD =
  /not a git repository|reference broken|broken ref|bad (tree object|tree-ish|object) HEAD|object file \S+ is empty|loose object \S+ .*is corrupt|(could not parse|failed to resolve) .*HEAD|unable to read tree|invalid object \d+ |unable to read \S{40}/;
/** How many commits are tried, newest first. */
const MAX_TRIED = 100;

/** Goes on from the newest commit of HEAD that is whole. What later ones held is in the files still. */
async function repairHead(profile: Profile): Promise<boolean> {
  const { dataDir } = profile.paths;
  const dir = gitDirOf(dataDir);
  // A directory without objects is not a repository yet.
  if (kindAt(join(dir, "objects")) !== "a directory") return false;
  const isWhole = async (rev: string) =>
    (await withLocks(profile, ["rev-list", "--objects", "--quiet", "-n1", rev, "--"])).code === 0;
  const textOf = (path: string) =>
    new TextDecoder().decode(stat(path)?.isFile ? read(path) ?? undefined : undefined);
  const head = join(dir, "HEAD");
  const isHead = /^(ref: refs\/\S+|[0-9a-f]{40,64})\s*$/;
  const isReadable = isHead.test(textOf(head));
  if (isReadable && await isWhole("HEAD")) return false;
  if (!isReadable) await replaceFile(head, "ref: refs/heads/main\n");
  const [, ref] = /^ref: (.*\S)/.exec(textOf(head)) ?? [];
  const branch = ref === undefined ? null : join(dir, ref);
  const exists = branch === null || isPresent(branch) ||
    (await withLocks(profile, ["show-ref", "--verify", "--quiet", ref])).code === 0;
  // A branch without a commit yet.
  if (!exists) return !isReadable;
  for (const { name } of listDir(join(dir, "objects")).filter(({ name }) => name.length === 2)) {
    for (const file of listDir(join(dir, "objects", name))) {
      const path = join(dir, "objects", name, file.name);
      if (stat(path)?.size === 0) await removeFile(path);
    }
  }
  const logged = [
    ...textOf(join(dir, "logs/HEAD")).matchAll(/^[0-9a-f]{40,64} ([0-9a-f]{40,64}) /gm),
  ];
  const newest = [...new Set(logged.reverse().map(([, commit]) => commit))];
  for (const commit of ["HEAD", ...newest.slice(0, MAX_TRIED)]) {
    if (!await isWhole(commit)) continue;
    // A failure that has passed, such as too many open files, is not damage.
    if (commit !== "HEAD" && await isWhole("HEAD")) return true;
    if (commit !== "HEAD" && branch !== null) await removeFile(branch);
    if (
      commit !== "HEAD" && (await withLocks(profile, ["update-ref", "HEAD", commit])).code !== 0
    ) {
      return false;
    }
    const { stdout } = await withLocks(profile, ["rev-parse", "--short", "HEAD"]);
    profile.warn(
      `the history in ${dataDir} was damaged: it goes on from commit ${stdout.trim()}, and no file has changed`,
    );
    return await readTree(profile);
  }
  return false;
}

async function withLocks(
  { paths, env, clock }: Profile,
  args: string[],
  options: RunGitOptions = {},
): Promise<ToolResult> {
  // git would wait for a writer of a FIFO.
  statFile(paths.gitignore);
  statFile(`${paths.dataDir}/.gitattributes`);
  for (let attempt = 1;; attempt++) {
    const result = await runGit(paths.dataDir, args, env, options);
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
    // Otherwise those in ~/.config/git apply, whatever GIT_CONFIG_GLOBAL is.
    ["core.excludesFile", "/dev/null"],
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

/** Reports whether the data directory is a git repository of its own. */
export function hasRepository(profile: Profile): boolean {
  const git = `${profile.paths.dataDir}/.git`;
  if (!gitInstalled(profile)) return false;
  const found = kindAt(git);
  // A file links to a repository elsewhere; a directory without one of these was left by a crash of `git init`.
  if (found === "file") return true;
  if (found === "a directory") {
    return kindAt(`${git}/HEAD`) === "file" &&
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
