import { join } from "@std/path";
import type { Worktree } from "../../src/schema/worker.ts";
import { type WorkerFiles, workerFiles } from "../../src/workers/files.ts";
import { makeWorktree } from "../../src/workers/worktree.ts";
import { git } from "./git.ts";
import { type TempProfile, tempProfile } from "./temp_profile.ts";

/** A repository with one commit on `main`, beside the data directory. */
export async function addRepository({ root }: TempProfile, name = "repository"): Promise<string> {
  const repo = join(root, name);
  await Deno.mkdir(repo);
  await git(repo, "init", "-q", "-b", "main");
  await Deno.writeTextFile(join(repo, "code"), "one\n");
  await Deno.writeTextFile(join(repo, ".gitignore"), "built/\n");
  await git(repo, "add", "-A");
  await git(repo, "commit", "-q", "-m", "first");
  return repo;
}

/** The worktree of a worker that has no session, in a profile of its own with a repository. */
export interface MadeWorktree extends AsyncDisposable {
  profile: TempProfile;
  repo: string;
  files: WorkerFiles;
  worktree: Worktree;
  /** Commits a file in the worktree. */
  commit(name: string, text?: string): Promise<void>;
}

/** Makes it as for a worker `fix` without a sandbox. */
export async function madeWorktree(): Promise<MadeWorktree> {
  const profile = await tempProfile();
  const repo = await addRepository(profile);
  const files = workerFiles(profile.paths, "fix");
  await Deno.mkdir(files.dir, { recursive: true });
  const worktree = await makeWorktree(profile, files, { id: "fix", repo, sandbox: "none" });
  return {
    ...{ profile, repo, files, worktree },
    async commit(name, text = `${name}\n`) {
      await Deno.writeTextFile(join(worktree.path, name), text);
      await git(worktree.path, "add", name);
      await git(worktree.path, "commit", "-q", "-m", name);
    },
    [Symbol.asyncDispose]: () => profile[Symbol.asyncDispose](),
  };
}
