import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../support/eventually.ts";
import { git } from "../support/git.ts";
import { ActionJob } from "./action_job.ts";
import { ASK, NOOP, setting, START, tools } from "./job_setting.ts";

Deno.test("a job makes the memory's branch, and the next one on a fresh machine costs no call", async () => {
  await using at = await setting(START);
  {
    await using job = await ActionJob.begin(at.inputs);
    const { code, log } = await job.run();
    assertEquals(code, 0, log);
    assertMatch(log, /memory: there is no branch looop-memory yet; starting with the files of /);
    assertMatch(log, /worker fix: done/);
    assertMatch(log, /memory: pushed to looop-memory, now at [0-9a-f]{12}\n/);
    assertEquals(job.outputs.tick, { outcome: "moved" });
    assertMatch(job.summary, /^looop: moved\n\n {4}- .* began\n/);
    // npm's own, rather than the one that runs this test.
    assertMatch(job.outputs.programs.deno, /looop-tools\/node_modules\/@deno\/[^/]+\/deno$/);
    // A bundle, rather than the source.
    assertMatch(job.outputs.programs.looop, /dist\/looop\/bin\/looop$/);
  }
  assertEquals(await at.read("reports/fix.md"), "mended");
  await at.says(ASK);
  const outcomes: string[] = [];
  for (let i = 0; i < 3; i++) {
    await using job = await ActionJob.begin(at.inputs, { tools });
    const { code, log } = await job.run("Memory");
    assertEquals(code, 0, log);
    outcomes.push(job.outputs.tick.outcome);
    if (i === 2) assertMatch(log, /memory: nothing new since/);
  }
  // The worker's end is decided on; then nothing changes.
  assertEquals(outcomes, ["moved", "idle", "idle"]);
  assertEquals(await at.calls(), "of the tick alone\n".repeat(2));
});

Deno.test("of two jobs at once one wins; the other says so, fails, and keeps its commits on a branch that a person can merge", async () => {
  await using at = await setting(ASK);
  {
    await at.says(NOOP);
    await using first = await ActionJob.begin(at.inputs, { tools });
    assertEquals((await first.run("Memory")).code, 0);
    const desk = join(first.temp, "desk");
    await git(first.temp, "clone", "-q", "-b", "looop-memory", at.memory.path, desk);
    await Deno.writeTextFile(join(desk, "PLAYBOOK.md"), "# Playbook\n\nMend what is red.\n");
    await git(desk, "commit", "-qam", "Say what is wanted");
    await git(desk, "push", "-q");
    await at.says(ASK);
  }
  await using a = await ActionJob.begin(at.inputs, { tools, runId: "71" });
  await using b = await ActionJob.begin(at.inputs, { tools, runId: "72" });
  for (const name of ["Memory", "Tick"]) {
    const ends = await Promise.all([a.step(name), b.step(name)]);
    assertEquals(ends.map(({ code }) => code), [0, 0], ends[0].log + ends[1].log);
  }
  assertEquals((await a.step("Push")).code, 0);
  const { code, log } = await b.step("Push");
  assertEquals(code, 1);
  assertStringIncludes(log, "this job's commits are on the branch looop-memory-lost-72-1");
  assertStringIncludes(
    log,
    "::error title=looop's memory::cannot merge this job's commits: looop-memory changed",
  );
  // Subjects of commits are a model's text.
  const [, quoted = ""] = /^::stop-commands::(\w{32})\n([^]*)\n::\1::$/m.exec(log)?.slice(1) ?? [];
  assertStringIncludes(quoted, ASK.journal);
  assertEquals(log.replace(quoted, "").includes(ASK.journal), false, log);
  assertStringIncludes(b.summary, "git merge origin/looop-memory-lost-72-1");
  assertEquals(await at.branches(), ["looop-memory", "looop-memory-lost-72-1"]);
  const tip = (branch: string) => git(at.memory.path, "rev-parse", branch);
  assertEquals(await tip("looop-memory"), await git(a.dataDir, "rev-parse", "HEAD"));
  assertEquals(await tip("looop-memory-lost-72-1"), await git(b.dataDir, "rev-parse", "HEAD"));

  const desk = join(b.temp, "desk");
  await git(b.temp, "clone", "-q", "-b", "looop-memory", at.memory.path, desk);
  // Both have changed what a person is to mend by hand, and nothing else.
  await assertRejects(() => git(desk, "merge", "-q", "origin/looop-memory-lost-72-1"));
  assertEquals((await git(desk, "diff", "--name-only", "--diff-filter=U")).split("\n"), [
    ...["cost.jsonl", "journal.md", "state.json"],
  ]);
  await git(desk, "checkout", "--ours", "state.json");
  for (const name of ["journal.md", "cost.jsonl"]) {
    const both = await Deno.readTextFile(join(desk, name));
    await Deno.writeTextFile(join(desk, name), both.replace(/^([<>]{7} .*|={7})\n/gm, ""));
  }
  await git(desk, "commit", "-qam", "Take over");
  await git(desk, "push", "-q");
  await using next = await ActionJob.begin(at.inputs, { tools });
  const end = await next.run("Memory");
  assertEquals([end.code, next.outputs.tick.outcome], [0, "idle"], end.log);
  assertEquals(end.log.match(/Shall I mend it\?/g)?.length, 2);
});

Deno.test("a push that is refused is no race: the job says where its commits are", async () => {
  await using at = await setting(ASK);
  const hook = join(at.memory.path, "hooks", "pre-receive");
  await Deno.mkdir(join(at.memory.path, "hooks"), { recursive: true });
  await Deno.writeTextFile(hook, "#!/bin/sh\necho 'you may not write here' >&2\nexit 1\n", {
    mode: 0o755,
  });
  await using job = await ActionJob.begin(at.inputs, { tools });
  const { code, log } = await job.run("Memory");
  assertEquals(code, 1);
  assertStringIncludes(log, "you may not write here");
  assertStringIncludes(
    log,
    `memory: cannot push to looop-memory or to looop-memory-lost-1-1; the commits of this job are only in ${job.dataDir}`,
  );
});

Deno.test("an answer pushed while a job ticks is merged, and decided on by the next", async () => {
  await using at = await setting(ASK);
  {
    await using job = await ActionJob.begin(at.inputs, { tools });
    assertEquals((await job.run("Memory")).code, 0);
  }
  await using job = await ActionJob.begin(at.inputs, { tools });
  assertEquals((await job.step("Memory")).code, 0);
  const desk = join(job.temp, "desk");
  await git(job.temp, "clone", "-q", "-b", "looop-memory", at.memory.path, desk);
  const [ask] = [...Deno.readDirSync(join(desk, "asks"))].filter(({ isFile }) => isFile);
  const path = join(desk, "asks", ask.name);
  const answer = { text: "do", at: new Date().toISOString() };
  const answered = { ...JSON.parse(await Deno.readTextFile(path)), answer };
  await Deno.writeTextFile(path, JSON.stringify(answered));
  await git(desk, "commit", "-qam", "Answered");
  await git(desk, "push", "-q");
  await Deno.writeTextFile(join(job.dataDir, "sensors", "build.sh"), "#!/bin/sh\necho '{}'\n");
  await at.says(NOOP);
  const ticked = await job.step("Tick");
  assertEquals(ticked.code, 0, ticked.log);
  const { code, log } = await job.step("Push");
  assertEquals(code, 0, log);
  assertMatch(
    await git(at.memory.path, "log", "-1", "--format=%s", "looop-memory"),
    /^Merge the commits/,
  );
  await using next = await ActionJob.begin(at.inputs, { tools });
  assertEquals((await next.run("Memory")).code, 0);
  assertEquals(next.outputs.tick.outcome, "moved");
});

Deno.test("a job that is cancelled while it waits for a worker still pushes, and the next one finds it lost", async () => {
  await using at = await setting(START, "sleep 60");
  {
    await using job = await ActionJob.begin(at.inputs, { tools });
    assertEquals((await job.step("Memory")).code, 0);
    const waits = eventually(
      "the worker's record is committed",
      async () =>
        (await git(job.dataDir, "ls-tree", "-r", "--name-only", "HEAD").catch(() => ""))
          .includes("workers/fix/worker.json"),
    );
    const { code, log } = await job.step("Tick", waits);
    assertEquals(code, 143, log);
    assertStringIncludes(log, "stopped waiting: fix is still running");
    assertEquals((await job.step("Push")).code, 0);
  }
  await at.says(ASK);
  await using next = await ActionJob.begin(at.inputs, { tools });
  const { code, log } = await next.run("Memory");
  assertEquals([code, next.outputs.tick.outcome], [0, "moved"], log);
  assertEquals((await at.calls()).trim().split("\n").length, 2);
});

Deno.test("a job whose looop is killed in the middle of a command pushes that its result is unknown", async () => {
  // Between the command and looop there are shells of its supervisor.
  const command =
    'p=$PPID; while [ "$(ps -o comm= -p $p)" != deno ]; do p=$(ps -o ppid= -p $p); done; ' +
    "kill -KILL $p; sleep 5";
  await using at = await setting({ action: "run", command, journal: "deployed" });
  const config = JSON.parse(await Deno.readTextFile(at.inputs.config));
  const policy = [{ name: "all", then: "allow", when: "move.action == 'run'" }];
  await Deno.writeTextFile(at.inputs.config, JSON.stringify({ ...config, policy }));
  await using job = await ActionJob.begin(at.inputs, { tools });
  const { code, log } = await job.run("Memory");
  assertEquals(code, 137, log);
  assertMatch(log, /completed the interrupted move: .*deployed/);
  assertMatch(await at.read("journal.md"), /deployed.*interrupted|interrupted.*deployed/s);
});
