/**
 * The worktree of a repository in which a worker works: looop makes it before the worker starts, and removes it once nothing
 * in it could be lost.
 *
 * In a sandbox it is a clone instead: see `worktree_clone.ts`.
 *
 * @module
 */

import { join } from "@std/path";
import { ensureDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { isPresent, realPath } from "../os/stat.ts";
import { removeTree } from "../os/untrusted_dirs.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import type { WorkerRecord, Worktree } from "../schema/worker.ts";
import { readWorktree, type WorkerFiles } from "./files.ts";
import {
  commitOf,
  findDirt,
  findKept,
  findRepository,
  gitIn,
  gitReason,
  type Tips,
} from "./repository.ts";
import { inspectClone } from "./worktree_clone.ts";
import { quoteWords } from "../schema/text.ts";

/** How many workers with one id can have a worktree in a repository. */
const MAX_NAMES = 1000;

/**
 * Makes the worktree of a worker, on a new branch `looop/<id>` from the HEAD of the repository; `looop/<id>-2` where an earlier
 * worker left that. The caller holds the workers lock, and the directory of the worker exists.
 *
 * @param asked the path of the repository
 * @throws {UserError} where there is no such repository, or git fails. Nothing is left then.
 */
export async function makeWorktree(
  profile: Profile,
  files: WorkerFiles,
  { id, repo: asked, sandbox }: Pick<WorkerRecord, "id" | "sandbox"> & { repo: string },
): Promise<Worktree> {
  const { path: repo } = await findRepository(profile, asked);
  const refuse = (why: string) => new UserError(`cannot make a worktree of ${asked}: ${why}`);
  const base = await commitOf(profile, repo, "HEAD");
  if (base === null) throw refuse("it has no commit yet");
  ensureDir(profile.paths.worktrees);
  const dir = await realPath(profile.paths.worktrees) ?? profile.paths.worktrees;
  const name = await freeName(profile, repo, dir, id);
  const branch = `looop/${name}`;
  const kind = sandbox === "none" ? "worktree" : "clone";
  const worktree: Worktree = { path: join(dir, name), repo, branch, base, kind };
  // Before it is made: what a crash leaves can be removed by that.
  await replaceFile(files.tree, JSON.stringify(worktree) + "\n");
  try {
    const commands = kind === "worktree"
      ? [["worktree", "add", "--quiet", "-b", branch, worktree.path, base]]
      : [
        ["branch", "--no-track", branch, base],
        // Without templates, which could have hooks.
        ["clone", "--quiet", "--shared", "--template=", "--branch", branch, repo, worktree.path],
      ];
    for (const args of commands) {
      const made = await gitIn(profile, repo, args);
      if (made.code !== 0) throw refuse(gitReason(made));
    }
    return worktree;
  } catch (error) {
    await discardWorktree(profile, files);
    throw error;
  }
}

async function freeName(profile: Profile, repo: string, dir: string, id: string): Promise<string> {
  for (let count = 1; count <= MAX_NAMES; count++) {
    const name = count === 1 ? id : `${id}-${count}`;
    if (isPresent(join(dir, name))) continue;
    if (await commitOf(profile, repo, `refs/heads/looop/${name}`) === null) return name;
  }
  throw new UserError(`cannot make a worktree: ${repo} has ${MAX_NAMES} branches looop/${id}-N`);
}

/** Removes the worktree of a worker whose agent has not begun, also one that is only half made. */
export async function discardWorktree(profile: Profile, files: WorkerFiles): Promise<void> {
  const worktree = await readWorktree(files);
  if (worktree === null) return;
  const { path, repo, branch, base } = worktree;
  await removeTree(path, profile.environment);
  // Twice forced: git locks a worktree while it makes it.
  await gitIn(profile, repo, ["worktree", "remove", "--force", "--force", path]);
  await gitIn(profile, repo, ["update-ref", "-d", `refs/heads/${branch}`, base]);
}

/**
 * Removes the worktree of an ended worker, and its branch if another one has its commits.
 *
 * @returns why it is kept, in one line: something in it could be lost; `null` once it is removed.
 */
export async function releaseWorktree(
  profile: Profile,
  worktree: Worktree,
): Promise<string | null> {
  const { path, repo, branch, kind } = worktree;
  const git = (args: string[]) => gitIn(profile, repo, args);
  try {
    if (!isPresent(repo)) {
      return isPresent(path)
        ? `its repository ${repo} is gone; remove ${path} if you need nothing in it`
        : null;
    }
    let own = [`refs/heads/${branch}`];
    if (isPresent(path)) {
      const found = kind === "clone"
        ? await inspectClone(profile, worktree)
        : await inspectLinked(profile, worktree);
      if (typeof found === "string") return found;
      own = [...own, ...found.branches];
      for (const commit of found.commits) {
        if (await isKept(profile, worktree, commit, own) !== null) continue;
        return `${await countOf(profile, worktree, commit)} of ${branch} in no other branch; ` +
          `push or merge it, or ${removalOf(worktree)}`;
      }
      if (kind === "clone") await removeTree(path, profile.environment);
      else {
        const removed = await git(["worktree", "remove", path]);
        // git refuses where there could be submodules; none is checked out.
        const passes = removed.code === 0 || /submodules/.test(removed.stderr) &&
            (await git(["worktree", "remove", "--force", path])).code === 0;
        if (!passes) return gitReason(removed);
      }
    } else if (kind === "worktree") await git(["worktree", "remove", "--force", path]);
    await dropBranch(profile, worktree, own);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** How the user removes a worktree with all that is in it. */
function removalOf({ kind, repo, path }: Worktree): string {
  return kind === "clone"
    ? quoteWords("rm", "-rf", path)
    : quoteWords("git", "-C", repo, "worktree", "remove", "--force", path);
}

/** Where the commits up to this one are kept besides in a worker's own branches; `null`: nowhere. */
async function isKept(
  profile: Profile,
  { repo, base }: Worktree,
  commit: string,
  own: string[],
): Promise<"branch" | "squashed" | "base" | null> {
  return commit === base ? "base" : await findKept(profile, { repo, commit, own });
}

async function countOf(
  profile: Profile,
  { repo, base }: Worktree,
  commit: string,
): Promise<string> {
  const { stdout } = await gitIn(profile, repo, ["rev-list", "--count", `${base}..${commit}`]);
  return stdout.trim() === "1" ? "it has 1 commit" : `it has ${stdout.trim()} commits`;
}

/** Removes the branch unless it has commits of its own, or is checked out elsewhere. */
async function dropBranch(profile: Profile, worktree: Worktree, own: string[]): Promise<void> {
  const { repo, branch } = worktree;
  const ref = `refs/heads/${branch}`;
  const commit = await commitOf(profile, repo, ref);
  if (commit === null) return;
  const kept = await isKept(profile, worktree, commit, own);
  if (kept !== "branch" && kept !== "base") return;
  const at = await gitIn(profile, repo, ["for-each-ref", "--format=%(worktreepath)", ref]);
  if (at.stdout.trim() === "") await gitIn(profile, repo, ["update-ref", "-d", ref, commit]);
}

/** Inspects a linked worktree; returns why it must be kept in any case, otherwise its commits. */
async function inspectLinked(
  profile: Profile,
  { path, repo, branch }: Worktree,
): Promise<Tips | string> {
  const git = (args: string[]) => gitIn(profile, path, args);
  const found = await git(["rev-parse", "--absolute-git-dir"]);
  if (found.code !== 0) return `git does not know ${path} any more: ${gitReason(found)}`;
  const gitDir = found.stdout.trim();
  const locked = await readTextIfPresent(join(gitDir, "locked"));
  if (locked !== null) {
    const reason = locked.trim().split("\n")[0];
    return `it is locked${reason ? ` (${reason})` : ""}; ${
      quoteWords("git", "-C", repo, "worktree", "unlock", path)
    }`;
  }
  const dirty = await findDirt(git, path);
  if (dirty !== null) return dirty;
  const head = await commitOf(profile, path, "HEAD");
  const name = (await git(["symbolic-ref", "--quiet", "HEAD"])).stdout.trim();
  const tip = await commitOf(profile, repo, `refs/heads/${branch}`);
  return {
    commits: [head, tip].filter((commit) => commit !== null),
    branches: name === "" ? [] : [name],
  };
}
