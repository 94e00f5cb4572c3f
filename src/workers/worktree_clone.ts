/**
 * The clone in which a worker in a sandbox works on a repository. A linked worktree would have to write to the git directory
 * of its repository, where a config or a hook runs programs outside the sandbox, and where all objects are. The clone only
 * reads these objects, and looop fetches the worker's branch from it. Every git that reads the clone's own config runs in a
 * sandbox itself.
 *
 * @module
 */

import { runTool, type ToolResult } from "../os/run_tool.ts";
import { isPresent, realPath } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { sandboxed } from "../profile/sandbox.ts";
import { NO_ACCESS } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import type { Worktree } from "../schema/worker.ts";
import {
  commitOf,
  findDirt,
  findRepository,
  gitIn,
  gitReason,
  OBJECT,
  type Tips,
} from "./repository.ts";
import { tmuxEnv } from "./tmux.ts";
import { quoteWord } from "../schema/text.ts";

/** Takes the commits of a clone over; returns why it must be kept in any case, otherwise the commit of its branch. */
export async function inspectClone(profile: Profile, worktree: Worktree): Promise<Tips | string> {
  const { path, repo, branch } = worktree;
  const git = (args: string[]) => gitInClone(profile, worktree, args);
  const dirty = await findDirt(git, path);
  if (dirty !== null) return dirty;
  const why = await takeCommits(profile, worktree);
  if (why !== null) return why;
  const listed = await git(["for-each-ref", "--format=%(objectname) %(refname)"]);
  if (listed.code !== 0) return gitReason(listed);
  const refs = listed.stdout.split("\n").filter(Boolean).map((line) => line.split(" "));
  const head = (await git(["rev-parse", "HEAD"])).stdout.trim();
  for (const [object, name] of [...refs, [head, "HEAD"]]) {
    if (!OBJECT.test(object)) return `git does not know ${name} there`;
    const known = await gitIn(profile, repo, ["cat-file", "-e", object]);
    if (known.code !== 0) return `${name} there has commits that ${branch} does not have`;
  }
  const tip = await commitOf(profile, repo, `refs/heads/${branch}`);
  return { commits: tip === null ? [] : [tip], branches: [] };
}

/** Runs git in a clone that a worker in a sandbox wrote to: in a sandbox that only reads. */
async function gitInClone(
  profile: Profile,
  worktree: Worktree,
  args: string[],
): Promise<ToolResult> {
  const argv = await cloneArgv(profile, worktree, ["git", "-C", worktree.path, ...args]);
  return await runTool({ argv, env: tmuxEnv(profile), timeoutMs: 300_000 });
}

async function cloneArgv(
  profile: Profile,
  { path, repo }: Worktree,
  argv: string[],
): Promise<string[]> {
  const { commonDir } = await findRepository(profile, repo);
  const env = { TMPDIR: "/tmp", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
  const masked = [{ dir: await realPath(profile.paths.workers) ?? "", shown: [path] }];
  return await sandboxed(profile, NO_ACCESS, argv, {
    ...{ always: true, masked, shown: [commonDir], cwd: path, env },
  });
}

/**
 * Takes the commits of the worker's branch in its clone over into the repository. Does nothing for a linked worktree.
 *
 * @returns why that fails, in one line; `null` where the repository has them.
 */
export async function takeCommits(profile: Profile, worktree: Worktree): Promise<string | null> {
  const { path, repo, branch, kind } = worktree;
  if (kind !== "clone" || !isPresent(path) || !isPresent(repo)) return null;
  try {
    const ref = `refs/heads/${branch}`;
    const there = await gitInClone(profile, worktree, ["rev-parse", "--verify", "--quiet", ref]);
    const commit = there.stdout.trim();
    if (there.code !== 0 || !OBJECT.test(commit)) return `${branch} is missing in ${path}`;
    const before = await commitOf(profile, repo, ref);
    if (before === commit) return null;
    const used = await gitIn(profile, repo, ["for-each-ref", "--format=%(worktreepath)", ref]);
    if (used.stdout.trim() !== "") return `${branch} is checked out in ${used.stdout.trim()}`;
    // The program that sends the objects reads the config of the clone.
    const sender = await cloneArgv(profile, worktree, ["git-upload-pack"]);
    const command = `--upload-pack=${sender.map(quoteWord).join(" ")}`;
    const git = (args: string[]) => gitIn(profile, repo, args);
    for (
      const args of [
        ["-c", "fetch.fsckObjects=true", "fetch-pack", "--quiet", command, path, ref],
        // Nothing may be missing: a later git would fail on it.
        ["rev-list", "--objects", "--quiet", commit, "--not", "--all"],
        ["update-ref", ref, commit, before ?? ""],
      ]
    ) {
      const done = await git(args);
      if (done.code !== 0) return `its commits cannot be fetched: ${gitReason(done)}`;
    }
    return null;
  } catch (error) {
    return `its commits cannot be fetched: ${messageOf(error)}`;
  }
}
