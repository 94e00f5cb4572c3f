import { join, resolve } from "@std/path";
import { listDir } from "../os/dirs.ts";
import { runTool, type ToolResult } from "../os/run_tool.ts";
import { isPseudo, kindAt, realPath } from "../os/stat.ts";
import { childEnv } from "../profile/child_env.ts";
import { isBelow } from "../profile/home_secrets.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";

/** A git repository of the user. All paths are absolute and without symlinks. */
export interface Repository {
  /** Its working tree, or a bare repository. */
  path: string;
  /** Where its objects and branches are. */
  commonDir: string;
}

/** Milliseconds that git may take to check out a large working tree, or to search a long history. */
const TIMEOUT_MS = 300_000;

/** What git starts on its own accord in a repository, and looop does not want. */
const PLAIN = ["core.hooksPath=/dev/null", "core.fsmonitor=false", "core.quotePath=false"];

/**
 * Runs git in a repository of the user, with their configuration, which may say how files are checked out, but without
 * hooks.
 *
 * @param stdin Default: empty
 */
export function gitIn(
  profile: Profile,
  dir: string,
  args: string[],
  stdin?: string,
): Promise<ToolResult> {
  return runTool({
    argv: ["git", ...PLAIN.flatMap((setting) => ["-c", setting]), "-C", dir, ...args],
    env: {
      ...childEnv(profile),
      LC_ALL: "C.UTF-8",
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
    },
    stdin,
    timeoutMs: TIMEOUT_MS,
  });
}

/** What git says about why it failed, in one line. */
export function gitReason({ code, stdout, stderr }: ToolResult): string {
  const lines = (stderr || stdout).trim().split("\n").map((line) => line.trim());
  const said = lines.findLast((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1);
  return said?.replace(/^(fatal|error): /, "") || `status ${code}`;
}

/** The path of a repository as a move or the user gives it, absolute, and without symlinks where it exists. */
export async function repositoryPath({ env }: Profile, path: string): Promise<string> {
  const home = env("HOME") ?? "/";
  const whole = resolve("/", path.replace(/^~(?=\/|$)/, () => home));
  return await realPath(whole) ?? whole;
}

/**
 * Finds the repository of which a worker is to get a worktree.
 *
 * @param path of its working tree, or of a bare repository
 * @throws {UserError} where there is none, or workers or the kernel write there.
 */
export async function findRepository(profile: Profile, path: string): Promise<Repository> {
  const real = await repositoryPath(profile, path);
  const refuse = (why: string) => new UserError(`cannot make a worktree of ${path}: ${why}`);
  if (kindAt(real) === "nothing") throw refuse("it does not exist");
  if (kindAt(real) !== "a directory") throw refuse("it is not a directory");
  const dataDir = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
  const checkPlace = (dir: string) => {
    const name = dir === path ? "it" : dir;
    if (isPseudo(dir)) throw refuse(`${name} is the kernel's`);
    if (isBelow(dir, dataDir)) {
      throw refuse(`${name} is in the data directory, where workers write`);
    }
  };
  checkPlace(real);
  const found = await gitIn(profile, real, [
    ...["rev-parse", "--is-bare-repository", "--git-dir", "--git-common-dir", "--show-prefix"],
  ]);
  if (found.code !== 0) throw refuse(gitReason(found));
  const [isBare, gitDir, common, prefix = ""] = found.stdout.split("\n");
  if (isBare !== "true" && prefix !== "") {
    throw refuse(`it is a directory inside a repository; name ${real.slice(0, -prefix.length)}`);
  }
  if (isBare !== "true" && resolve(real, gitDir) === real) {
    throw refuse("it is the git directory of a repository; name its working tree");
  }
  for (const dir of [gitDir, common]) {
    const place = await realPath(resolve(real, dir));
    if (place === null) throw refuse(`${dir} does not exist`);
    checkPlace(place);
  }
  const commonDir = await realPath(resolve(real, common)) ?? resolve(real, common);
  return { path: real, commonDir };
}

/** The name of an object, as git prints it. */
export const OBJECT = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** Returns the commit that a name stands for; `null` if there is none. */
export async function commitOf(
  profile: Profile,
  dir: string,
  name: string,
): Promise<string | null> {
  const { code, stdout } = await gitIn(profile, dir, [
    ...["rev-parse", "--verify", "--quiet", `${name}^{commit}`],
  ]);
  const commit = stdout.trim();
  return code === 0 && OBJECT.test(commit) ? commit : null;
}

/** Where a commit is kept: in a branch of a remote or of the user, or as the same change in another commit. */
export type KeptIn = "branch" | "squashed" | null;

/**
 * Finds where the commits of a worker are kept besides in its own branches.
 *
 * @param own full names of its own branches
 * @throws {UserError} where git fails.
 */
export async function findKept(
  profile: Profile,
  { repo, commit, own }: { repo: string; commit: string; own: string[] },
): Promise<KeptIn> {
  const listed = await gitIn(profile, repo, [
    ...["for-each-ref", "--format=%(refname)", "--contains", commit],
    ...["refs/heads", "refs/remotes", "refs/tags"],
  ]);
  if (listed.code !== 0) throw new UserError(gitReason(listed));
  const isOther = (ref: string) => !own.includes(ref) && !ref.startsWith("refs/heads/looop/");
  if (listed.stdout.split("\n").filter(Boolean).some(isOther)) return "branch";
  return await isSquashed(profile, repo, commit) ? "squashed" : null;
}

/** Finds the change of all commits since the fork, as one commit, in the branches that others merge into. */
async function isSquashed(profile: Profile, repo: string, commit: string): Promise<boolean> {
  const heads = await gitIn(profile, repo, [
    ...["for-each-ref", "--format=%(refname)", "refs/remotes/*/HEAD"],
    ...["refs/remotes/*/main", "refs/remotes/*/master", "refs/heads/main", "refs/heads/master"],
  ]);
  for (const target of ["HEAD", ...heads.stdout.split("\n").filter(Boolean)]) {
    const base = await gitIn(profile, repo, ["merge-base", target, commit]);
    if (base.code !== 0) continue;
    const identity = ["user.name=looop", "user.email=looop@localhost", "commit.gpgSign=false"]
      .flatMap((setting) => ["-c", setting]);
    const made = await gitIn(profile, repo, [
      ...[...identity, "commit-tree", "-p", base.stdout.trim(), "-m", "all changes"],
      `${commit}^{tree}`,
    ]);
    if (made.code !== 0) continue;
    const found = await gitIn(profile, repo, ["cherry", target, made.stdout.trim()]);
    if (found.code === 0 && found.stdout.startsWith("- ")) return true;
  }
  return false;
}

/** The commits that a worktree has checked out or made, and the full names of its branches. */
export interface Tips {
  commits: string[];
  branches: string[];
}

type Git = (args: string[]) => Promise<ToolResult>;

/** Finds what is in no commit; `null`: nothing, besides files that git ignores. */
export async function findDirt(git: Git, path: string): Promise<string | null> {
  const status = await git([
    ...["status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=none"],
  ]);
  if (status.code !== 0) return gitReason(status);
  const entries = status.stdout.split("\0").filter(Boolean);
  const [entry] = entries;
  if (entry !== undefined) {
    const more = entries.length > 1 ? ` and ${entries.length - 1} more` : "";
    const what = entry.startsWith("??") ? "has untracked files" : "has uncommitted changes";
    return `it ${what}: ${entry.slice(3)}${more}; commit or remove them in ${path}`;
  }
  const files = await git(["ls-files", "--stage", "-z"]);
  const submodule = files.stdout.split("\0").filter((line) => line.startsWith("160000 "))
    .map((line) => line.slice(line.indexOf("\t") + 1))
    .find((name) => listDir(join(path, name)).length > 0);
  return submodule === undefined
    ? null
    : `it has the submodule ${submodule}, whose commits looop does not check; remove ${path} by hand`;
}
