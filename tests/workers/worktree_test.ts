import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { discardWorktree, makeWorktree, releaseWorktree } from "../../src/workers/worktree.ts";
import { git } from "../support/git.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { addRepository, type MadeWorktree, madeWorktree } from "../support/worktree_profile.ts";

const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
const branches = async (repo: string) =>
  (await git(repo, "branch", "--format=%(refname:short)")).split("\n");

/** What an ended worker left in its worktree, and what `releaseWorktree` then says; `null`: it removes all. */
const LEFT: {
  what: string;
  leave(made: MadeWorktree): Promise<unknown>;
  says: string | null;
  /** The branches that stay. Default: `main`, also `looop/fix` if it is kept. */
  branches?: string[];
}[] = [
  { what: "nothing", leave: () => Promise.resolve(), says: null },
  {
    what: "ignored files",
    leave: ({ worktree }) => Deno.mkdir(join(worktree.path, "built")),
    says: null,
  },
  {
    what: "an uncommitted change",
    leave: ({ worktree }) => Deno.writeTextFile(join(worktree.path, "code"), "two\n"),
    says: "it has uncommitted changes: code; commit or remove them in TREE",
  },
  {
    what: "a staged change and an untracked file",
    leave: async ({ worktree }) => {
      await git(worktree.path, "rm", "-q", "code");
      await Deno.writeTextFile(join(worktree.path, "new"), "");
    },
    says: "it has uncommitted changes: code and 1 more; commit or remove them in TREE",
  },
  {
    what: "an untracked file",
    leave: ({ worktree }) => Deno.writeTextFile(join(worktree.path, "new file"), ""),
    says: "it has untracked files: new file; commit or remove them in TREE",
  },
  {
    what: "a commit that is nowhere else",
    leave: ({ commit }) => commit("a"),
    says: "it has 1 commit of looop/fix in no other branch; push or merge it, or " +
      "git -C REPO worktree remove --force TREE",
  },
  {
    what: "two commits without a branch",
    leave: async ({ worktree, commit }) => {
      await git(worktree.path, "checkout", "-q", "--detach");
      await commit("a");
      await commit("b");
    },
    says: "it has 2 commits of looop/fix in no other branch; push or merge it, or " +
      "git -C REPO worktree remove --force TREE",
  },
  {
    what: "a commit on another new branch",
    leave: async ({ worktree, commit }) => {
      await git(worktree.path, "switch", "-q", "-c", "mine");
      await commit("a");
    },
    says: "it has 1 commit of looop/fix in no other branch; push or merge it, or " +
      "git -C REPO worktree remove --force TREE",
    branches: ["looop/fix", "main", "mine"],
  },
  {
    what: "a commit that is pushed",
    leave: async ({ profile, worktree, commit }) => {
      const origin = join(profile.root, "origin");
      await git(profile.root, "init", "-q", "--bare", origin);
      await git(worktree.path, "remote", "add", "origin", origin);
      await commit("a");
      await git(worktree.path, "push", "-q", "origin", "HEAD");
    },
    says: null,
  },
  {
    what: "a commit that is merged",
    leave: async ({ repo, commit }) => {
      await commit("a");
      await git(repo, "merge", "-q", "--no-ff", "-m", "merged", "looop/fix");
    },
    says: null,
  },
  {
    what: "commits that were merged by squash, before others",
    leave: async ({ repo, commit }) => {
      await commit("a");
      await commit("b");
      await git(repo, "merge", "-q", "--squash", "looop/fix");
      await git(repo, "commit", "-q", "-m", "squashed");
      await git(repo, "commit", "-q", "--allow-empty", "-m", "later");
    },
    says: null,
    branches: ["looop/fix", "main"],
  },
  {
    what: "commits of which one was merged by squash",
    leave: async ({ repo, commit }) => {
      await commit("a");
      await git(repo, "merge", "-q", "--squash", "looop/fix");
      await git(repo, "commit", "-q", "-m", "squashed");
      await commit("b");
    },
    says: "it has 2 commits of looop/fix in no other branch; push or merge it, or " +
      "git -C REPO worktree remove --force TREE",
  },
  {
    what: "a lock",
    leave: ({ repo, worktree }) =>
      git(repo, "worktree", "lock", "--reason", "on a stick", worktree.path),
    says: "it is locked (on a stick); git -C REPO worktree unlock TREE",
  },
  {
    what: "a submodule that is checked out",
    leave: async ({ profile, repo, worktree, commit }) => {
      const other = await addRepository(profile, "other");
      // deno-fmt-ignore
      await git(worktree.path, "-c", "protocol.file.allow=always", "submodule", "-q", "add", other, "sub");
      await commit("a");
      await git(repo, "merge", "-q", "looop/fix");
    },
    says: "it has the submodule sub, whose commits looop does not check; remove TREE by hand",
  },
  {
    what: "a submodule that is not checked out",
    leave: async ({ repo, worktree, commit }) => {
      const id = await git(repo, "rev-parse", "HEAD");
      await git(worktree.path, "update-index", "--add", "--cacheinfo", `160000,${id},sub`);
      await Deno.mkdir(join(worktree.path, "sub"));
      await commit("a");
      await git(repo, "merge", "-q", "looop/fix");
    },
    says: null,
  },
  {
    what: "itself removed by the user, with a commit",
    leave: async ({ worktree, commit }) => {
      await commit("a");
      await Deno.remove(worktree.path, { recursive: true });
    },
    says: null,
    branches: ["looop/fix", "main"],
  },
  {
    what: "a broken link to its repository",
    leave: ({ worktree }) => Deno.writeTextFile(join(worktree.path, ".git"), "gitdir: /nowhere\n"),
    says: "git does not know TREE any more: not a git repository: /nowhere",
  },
];

for (const { what, leave, says, branches: stay } of LEFT) {
  Deno.test(`releaseWorktree ${says === null ? "removes" : "keeps"} a worktree with ${what}`, async () => {
    await using made = await madeWorktree();
    const { profile, repo, worktree } = made;
    await leave(made);
    const why = await releaseWorktree(profile, worktree);
    const expected = says?.replaceAll("TREE", worktree.path).replaceAll("REPO", repo) ?? null;
    assertEquals(why, expected);
    assertEquals(await isThere(worktree.path), says !== null);
    assertEquals(await branches(repo), stay ?? (says === null ? ["main"] : ["looop/fix", "main"]));
    if (says !== null) return;
    assertEquals((await git(repo, "worktree", "list")).split("\n").length, 1);
    assertEquals(await releaseWorktree(profile, worktree), null);
  });
}

Deno.test("releaseWorktree keeps a worktree whose repository is gone, until that is removed too", async () => {
  await using made = await madeWorktree();
  const { profile, repo, worktree } = made;
  await Deno.remove(repo, { recursive: true });
  assertEquals(
    await releaseWorktree(profile, worktree),
    `its repository ${repo} is gone; remove ${worktree.path} if you need nothing in it`,
  );
  await Deno.remove(worktree.path, { recursive: true });
  assertEquals(await releaseWorktree(profile, worktree), null);
});

Deno.test("makeWorktree begins a branch of the worker's own at HEAD, without hooks, beside those that are left", async () => {
  await using made = await madeWorktree();
  const { profile, repo, files, worktree } = made;
  const head = await git(repo, "rev-parse", "HEAD");
  assertEquals(worktree, {
    ...{ path: join(profile.paths.dataDir, "workers/trees/fix"), repo, branch: "looop/fix" },
    ...{ base: head, kind: "worktree" },
  });
  assertEquals(JSON.parse(await Deno.readTextFile(files.tree)), worktree);
  assertEquals(await git(worktree.path, "status", "--short", "--branch"), "## looop/fix");
  await Deno.writeTextFile(join(repo, ".git/hooks/post-checkout"), "#!/bin/sh\ntouch hooked\n", {
    mode: 0o700,
  });
  await Deno.symlink(repo, join(profile.root, "link"));
  const link = join(profile.root, "link");
  const second = await makeWorktree(profile, files, { id: "fix", repo: link, sandbox: "none" });
  assertEquals([second.branch, second.repo], ["looop/fix-2", repo]);
  assertEquals(await isThere(join(second.path, "hooked")), false);
  // An agent has not begun in it: nothing of it stays, and of the other everything does.
  await Deno.writeTextFile(join(second.path, "new"), "");
  await discardWorktree(profile, files);
  await discardWorktree(profile, files);
  assertEquals(await branches(repo), ["looop/fix", "main"]);
  assertEquals((await git(repo, "worktree", "list")).split("\n").length, 2);
});

Deno.test("makeWorktree takes a bare repository, and says why it takes nothing else", async () => {
  await using profile = await tempProfile({ env: { HOME: "/tmp" } });
  const { root, paths } = profile;
  const repo = await addRepository(profile);
  const bare = join(root, "bare.git");
  await git(root, "clone", "-q", "--bare", repo, bare);
  const files = workerFiles(paths, "fix");
  await Deno.mkdir(files.dir, { recursive: true });
  const make = (repo: string) => makeWorktree(profile, files, { id: "fix", repo, sandbox: "none" });
  assertEquals((await make(bare)).repo, bare);
  await Deno.mkdir(join(repo, "docs"));
  await git(root, "init", "-q", join(root, "empty"));
  await git(root, "clone", "-q", repo, join(paths.dataDir, "workers/x/copy"));
  await Deno.mkdir(join(root, "linked"));
  const gitDir = join(paths.dataDir, "workers/x/copy/.git");
  await Deno.writeTextFile(join(root, "linked/.git"), `gitdir: ${gitDir}\n`);
  const inData = "is in the data directory, where workers write";
  const REFUSED: [string, string][] = [
    ["/nowhere", "it does not exist"],
    ["~/no-such-repository", "it does not exist"],
    [join(repo, "code"), "it is not a directory"],
    [join(repo, "docs"), `it is a directory inside a repository; name ${repo}`],
    [join(repo, ".git"), "it is the git directory of a repository; name its working tree"],
    [root, "not a git repository"],
    [join(root, "empty"), "it has no commit yet"],
    ["/proc/sys", "it is the kernel's"],
    [paths.dataDir, `it ${inData}`],
    [join(paths.dataDir, "workers/x/copy"), `it ${inData}`],
    [join(root, "linked"), `${gitDir} ${inData}`],
  ];
  for (const [path, why] of REFUSED) {
    const error = await assertRejects(() => make(path), UserError);
    // git also says up to where it looked: the mount point, or the root.
    const message = error.message.replace(/ \(or any .*/, "");
    assertEquals(message, `cannot make a worktree of ${path}: ${why}`);
  }
  assertEquals(await branches(bare), ["looop/fix", "main"]);
});
