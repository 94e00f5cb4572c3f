import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { listAsks } from "../../src/inbox/asks.ts";
import { reconcileWorkers } from "../../src/workers/reconcile.ts";
import { git } from "../support/git.ts";
import { untilEnded } from "../support/worker_profile.ts";
import { addRepository } from "../support/worktree_profile.ts";
import { isPresent, person, sandboxProfile } from "./sandbox_profile.ts";
import { quoteWord } from "../../src/schema/text.ts";

const COMMIT = "git -c user.name=w -c user.email=w@localhost commit -q";

Deno.test("a worker in the sandbox commits in a clone that cannot write to its repository, and looop fetches its branch", async () => {
  await using profile = await sandboxProfile();
  const repo = await addRepository(profile);
  const tree = join(profile.paths.dataDir, "workers/trees/fix");
  const before = await snapshotOf(repo);
  const evil = `touch "${profile.root}/escaped" "$LOOOP_REPORTS_DIR/evil"`;
  const prompt = [
    `exec 2>"$LOOOP_REPORTS_DIR/errors"`,
    `pwd >"$LOOOP_REPORTS_DIR/where"`,
    `git log --format=%s >"$LOOOP_REPORTS_DIR/log"`,
    `for file in config hooks/x refs/heads/main objects/x packed-refs; do echo x >>"${repo}/.git/$file"; done`,
    `rm -rf "${repo}/.git/objects"`,
    `echo two >code; ${COMMIT} -a -m "second"`,
    // What runs a program in any git that reads it.
    `git config core.fsmonitor '${evil}'; git config uploadpack.packObjectsHook '${evil}'`,
    `git config core.hooksPath "$PWD/.git/hooks"; mkdir -p .git/hooks`,
    `printf '#!/bin/sh\\n%s\\n' '${evil}' | tee .git/hooks/post-index-change >.git/hooks/pre-push`,
    `chmod +x .git/hooks/*`,
  ].join("; ");
  const verify = `grep two "$LOOOP_WORKTREE/code"`;
  const started = await person(
    profile,
    ...["start-session", "fix", prompt, "--repo", repo, "--verify", verify],
  );
  assertEquals(started.status, 0, started.stderr);
  assertStringIncludes(
    await profile.read("workers/fix/prompt.md"),
    `4. **Change code only in your clone**, \`${tree}\``,
  );
  await untilEnded(profile, "fix");
  const [worker] = await reconcileWorkers(profile, (await listAsks(profile)).asks);
  assertEquals(worker.verification, { passed: true, exit_code: 0, output_tail: "two" });
  assertEquals(await profile.read("reports/where"), `${tree}\n`);
  assertEquals(await profile.read("reports/log"), "first\n");
  assertMatch(await profile.read("reports/errors"), /(Read-only file system[^]*){6}/);
  assertEquals(await snapshotOf(repo), before);
  assertEquals(await git(repo, "log", "--format=%s", "looop/fix"), "second\nfirst");
  assertEquals(await git(repo, "show", "looop/fix:code"), "two");
  const pruned = await person(profile, "prune");
  assertEquals(
    pruned.stdout,
    "kept fix with its worktree: it has 1 commit of looop/fix in no other branch; push or merge it, " +
      `or rm -rf ${quoteWord(tree)}\n`,
  );
  await Deno.writeTextFile(join(tree, "more"), "");
  await git(repo, "merge", "-q", "looop/fix");
  assertMatch((await person(profile, "prune")).stdout, /has untracked files: more; /);
  await Deno.remove(join(tree, "more"));
  assertEquals((await person(profile, "prune")).stdout, "removed fix\n");
  assertEquals(await isPresent(tree), false);
  assertEquals(await git(repo, "branch", "--format=%(refname:short)"), "main");
  assertEquals(await isPresent(join(profile.root, "escaped")), false);
  assertEquals(await isPresent(join(profile.paths.reports, "evil")), false);
});

Deno.test("prune keeps a clone with commits on other branches, with a stash, or without its branch", async () => {
  await using profile = await sandboxProfile();
  const repo = await addRepository(profile);
  const LEFT: [string, string, RegExp][] = [
    ["other", `git switch -q -c mine; ${COMMIT} --allow-empty -m x`, /refs\/heads\/mine there has/],
    [
      "stash",
      "echo x >code; git -c user.name=w -c user.email=w@l stash -q",
      /refs\/stash there has/,
    ],
    ["gone", "git switch -q -c mine; git branch -D looop/gone", /looop\/gone is missing in/],
  ];
  for (const [id, prompt] of LEFT) {
    assertEquals((await person(profile, "start-session", id, prompt, "--repo", repo)).status, 0);
    await untilEnded(profile, id);
  }
  const { stdout } = await person(profile, "prune");
  for (const [_, __, says] of LEFT) assertMatch(stdout, says);
  assertEquals(stdout.trim().split("\n").length, LEFT.length);
});

/** Everything in the git directory of a repository that is not an object or of its branches for workers. */
async function snapshotOf(repo: string): Promise<string> {
  const config = await Deno.readTextFile(join(repo, ".git/config"));
  const hooks = [...Deno.readDirSync(join(repo, ".git/hooks"))].map(({ name }) => name).sort();
  return [config, hooks, await git(repo, "rev-parse", "main"), await git(repo, "fsck")].join("\n");
}
