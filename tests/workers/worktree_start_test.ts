import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { startWorkerMove } from "../../src/act/act.ts";
import { readStatus } from "../../src/loop/status.ts";
import { checkWorkers } from "../../src/doctor/workers.ts";
import { UserError } from "../../src/schema/errors.ts";
import type { Move } from "../../src/schema/move.ts";
import { workerFiles } from "../../src/workers/files.ts";
import { listKept } from "../../src/workers/list.ts";
import { pruneWorkers } from "../../src/workers/replace.ts";
import { makeWorktree } from "../../src/workers/worktree.ts";
import { cliOn } from "../support/cli_on.ts";
import { git } from "../support/git.ts";
import { workerAs } from "../support/run_as.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { start, untilEnded, workerProfile } from "../support/worker_profile.ts";
import { addRepository } from "../support/worktree_profile.ts";
import { quoteWord } from "../../src/schema/text.ts";

const COMMIT = "echo x >made; git add made; " +
  "git -c user.name=w -c user.email=w@localhost commit -q -m made";
const trees = async (repo: string) =>
  (await git(repo, "worktree", "list", "--porcelain")).split("\n")
    .flatMap((line) => line.startsWith("branch ") ? [line.slice("branch refs/heads/".length)] : []);

Deno.test("startSession starts a worker in a worktree of the repository, which prune keeps until its commits are merged", async () => {
  await using profile = await workerProfile();
  const { paths } = profile;
  const repo = await addRepository(profile);
  const print =
    `pwd >"$LOOOP_REPORTS_DIR/where"; echo "$LOOOP_WORKTREE" >>"$LOOOP_REPORTS_DIR/where"`;
  const worker = await start(profile, "fix", `${print}; ${COMMIT}`, { repo, verify: "true" });
  const path = join(paths.dataDir, "workers/trees/fix");
  assertEquals([worker.worktree?.path, worker.worktree?.branch], [path, "looop/fix"]);
  const prompt = await profile.read("workers/fix/prompt.md");
  assertStringIncludes(prompt, `4. **Change code only in your git worktree**, \`${path}\``);
  assertStringIncludes(prompt, `\`${repo}\` on the branch \`looop/fix\``);
  assertStringIncludes(prompt, "Your directory is `$LOOOP_WORKTREE`;");
  assertEquals(prompt.includes("worktree add"), false);
  await untilEnded(profile, "fix");
  assertEquals(await profile.read("reports/where"), `${path}\n${path}\n`);
  assertEquals(await git(repo, "log", "-1", "--format=%s", "looop/fix"), "made");
  const why = "it has 1 commit of looop/fix in no other branch; push or merge it, or " +
    `git -C ${quoteWord(repo)} worktree remove --force ${quoteWord(path)}`;
  const said = await cliOn(profile, ["prune"]);
  assertEquals([said.status, said.stdout], [0, `kept fix with its worktree: ${why}\n`]);
  assertEquals(await listKept(profile), [{ id: "fix", why }]);
  const { attention } = await readStatus(profile);
  assertEquals(attention.filter((text) => text.includes("prune")), [
    `looop prune kept worker fix with its worktree: ${why}`,
  ]);
  const findings = await Array.fromAsync(checkWorkers.run({ profile } as never) as never);
  assertStringIncludes(JSON.stringify(findings), `looop prune kept fix with its worktree: ${why}`);
  // Its id is free, its branch is not.
  const next = await start(profile, "fix", "exit", { repo });
  assertEquals(next.worktree?.branch, "looop/fix-2");
  await untilEnded(profile, "fix");
  await git(repo, "merge", "-q", "looop/fix");
  assertEquals((await cliOn(profile, ["prune"])).stdout, "removed fix, fix\n");
  assertEquals(await trees(repo), ["main"]);
  assertEquals(await git(repo, "branch", "--format=%(refname:short)"), "main");
  assertEquals((await readStatus(profile)).attention.filter((text) => text.includes("prune")), []);
});

Deno.test("startSession leaves nothing in a repository where a start fails, and refuses one before it replaces a worker", async () => {
  await using profile = await workerProfile();
  const repo = await addRepository(profile);
  await start(profile, "fix", "exit");
  await untilEnded(profile, "fix");
  await assertRejects(
    () => start(profile, "fix", "exit", { repo: join(repo, "code") }),
    UserError,
    "it is not a directory",
  );
  assertEquals((await pruneWorkers(profile, { unseen: true })).removed, ["fix"]);
  // A FIFO of that name cannot be made where a directory is in the way.
  const broken = { ...profile, paths: { ...profile.paths, shim: join(profile.configPath, "no") } };
  await Deno.writeTextFile(profile.configPath, "{}");
  await assertRejects(() => start(broken, "fix", "exit", { repo }));
  assertEquals(await trees(repo), ["main"]);
  assertEquals(await git(repo, "branch", "--format=%(refname:short)"), "main");
  assertEquals(await Deno.stat(workerFiles(profile.paths, "fix").dir).catch(() => null), null);
});

/** Leaves what a looop does that is killed after it made a worktree, before the worker has a record. */
async function leaveHalfMade(profile: TempProfile, repo: string): Promise<void> {
  const files = workerFiles(profile.paths, "fix");
  await Deno.mkdir(files.dir, { recursive: true });
  await makeWorktree(profile, files, { id: "fix", repo, sandbox: "none" });
}

Deno.test("pruneWorkers and a repeated start remove the worktree of a start that crashed", async () => {
  await using profile = await workerProfile({
    config: { runner: "none", worker_runner: "sh", runners: { sh: { worker: COMMIT } } },
  });
  const repo = await addRepository(profile);
  await leaveHalfMade(profile, repo);
  assertEquals(await trees(repo), ["main", "looop/fix"]);
  assertEquals(await pruneWorkers(profile, { unseen: true }), { removed: [], kept: [] });
  assertEquals(await trees(repo), ["main"]);
  // git was killed, too: it knows the worktree, whose directory is not there yet.
  await leaveHalfMade(profile, repo);
  await Deno.remove(join(profile.paths.worktrees, "fix"), { recursive: true });
  const move: Move = { action: "start_worker", id: "fix", prompt: "x", repo, journal: "x" };
  const action = workerAs(profile, move);
  const intent = { run_id: "run-1", action, tainted: false };
  for (let repeated = 0; repeated < 2; repeated++) {
    const { status, summary } = await startWorkerMove(profile, intent);
    assertEquals([status, summary], ["made", `started worker fix in a worktree of ${repo}`]);
  }
  await untilEnded(profile, "fix");
  assertEquals(await trees(repo), ["main", "looop/fix"]);
  assertEquals(await git(repo, "log", "-1", "--format=%s", "looop/fix"), "made");
});

Deno.test("startWorkerMove fails where the repository leads elsewhere since it was admitted", async () => {
  await using profile = await workerProfile({
    config: { worker_runner: "sh", runners: { sh: { worker: "exit" } } },
  });
  const repo = await addRepository(profile);
  const link = join(profile.root, "link");
  await Deno.symlink(repo, link);
  const move: Move = { action: "start_worker", id: "fix", prompt: "x", repo: link, journal: "x" };
  const intent = { run_id: "run-1", action: workerAs(profile, move), tainted: false };
  assertEquals(
    (await startWorkerMove(profile, intent)).summary,
    `${link} leads elsewhere since this was admitted, and it was not applied`,
  );
  assertEquals(await trees(repo), ["main"]);
});
