import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually } from "../eventually.ts";
import { git } from "../git.ts";
import { remote } from "../machine.ts";
import { action, ActionJob } from "./action_job.ts";

/** A runner of its own, which counts its calls, and a memory that begins with one sensor. */
async function setting(
  move: object,
  worker = "sleep 0.3; echo mended >reports/fix.md",
) {
  const memory = await remote();
  const folder = await Deno.makeTempDir({ prefix: "looop-action-" });
  const at = (name: string) => join(folder, name);
  await Deno.mkdir(at("seed/sensors"), { recursive: true });
  await Deno.writeTextFile(at("seed/PLAYBOOK.md"), "# Playbook\n");
  await Deno.writeTextFile(at("seed/sensors/build.sh"), `#!/bin/sh\necho '{"signal": "red"}'\n`);
  await Deno.chmod(at("seed/sensors/build.sh"), 0o755);
  await Deno.writeTextFile(at("move.json"), JSON.stringify(move));
  const tick = `cat >/dev/null; echo "$MY_KEY" >>${at("calls")}; cat ${at("move.json")}`;
  const config = { runner: "mine", runners: { mine: { tick, worker } } };
  await Deno.writeTextFile(at("looop.json"), JSON.stringify(config));
  const inputs = {
    repository: `file://${memory.path}`,
    branch: "looop-memory",
    seed: at("seed"),
    config: at("looop.json"),
    env: "# one key\nMY_KEY=of the tick alone\n",
    wait: "30s",
  };
  return {
    memory,
    inputs,
    says: (next: object) => Deno.writeTextFile(at("move.json"), JSON.stringify(next)),
    calls: () => Deno.readTextFile(at("calls")).catch(() => ""),
    /** Reads a file of the memory on its branch. */
    read: (path: string) => git(memory.path, "show", `looop-memory:${path}`),
    branches: async () =>
      (await git(memory.path, "branch", "--format=%(refname:short)")).split("\n"),
    async [Symbol.asyncDispose]() {
      await memory[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const ASK = { action: "ask", question: "Shall I mend it?", journal: "asked", more: false };
const START = { action: "start_worker", id: "fix", prompt: "x", journal: "began", more: false };

/** The folder of the deno that runs the tests, so that not each job need install one. */
async function ownTools(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "looop-tools-" });
  await Deno.symlink(Deno.execPath(), join(folder, "deno"));
  return folder;
}
const tools = await ownTools();
addEventListener("unload", () => Deno.removeSync(tools, { recursive: true }));

Deno.test("action.yml puts no expression into a script, and gives keys to the tick and the token to fetch and push alone", () => {
  const { using, steps } = action.runs;
  assertEquals(using, "composite");
  const given = steps.map(({ name, env, run }) => {
    assert(!run.includes("${{"), name);
    const has = (input: string) => Object.values(env).includes(`\${{ inputs.${input} }}`);
    return [name, has("env"), has("token")];
  });
  assertEquals(given, [
    ["Programs", false, false],
    ["Memory", false, true],
    ["Tick", true, false],
    ["Push", false, true],
  ]);
});

Deno.test("a job makes the memory's branch, and the next one on a fresh machine costs no call", async () => {
  await using at = await setting(START);
  {
    await using job = await ActionJob.begin(at.inputs);
    const { code, log } = await job.run();
    assertEquals(code, 0, log);
    assertMatch(log, /memory: there is no branch looop-memory yet; it begins with the files of /);
    assertMatch(log, /worker fix: done/);
    assertMatch(log, /memory: pushed to looop-memory, now at [0-9a-f]{12}\n/);
    assertEquals(job.outputs.tick, { outcome: "moved" });
    assertMatch(job.summary, /^looop: moved\n\n {4}- .* began\n/);
    // npm's own, rather than the one that is just running.
    assertMatch(job.outputs.programs.deno, /looop-tools\/node_modules\/@deno\/[^/]+\/deno$/);
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

Deno.test("of two jobs at once one wins; the other says so, fails, and keeps its commits on a branch", async () => {
  await using at = await setting(ASK);
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
  assertStringIncludes(log, "::error title=looop's memory::looop-memory went on");
  assertStringIncludes(b.summary, "git merge origin/looop-memory-lost-72-1");
  assertEquals(await at.branches(), ["looop-memory", "looop-memory-lost-72-1"]);
  const tip = (branch: string) => git(at.memory.path, "rev-parse", branch);
  assertEquals(await tip("looop-memory"), await git(a.dataDir, "rev-parse", "HEAD"));
  assertEquals(await tip("looop-memory-lost-72-1"), await git(b.dataDir, "rev-parse", "HEAD"));
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
  await at.says({ action: "noop", reason: "it waits", journal: "looked" });
  const ticked = await job.step("Tick");
  assertEquals(ticked.code, 0, ticked.log);
  const { code, log } = await job.step("Push");
  assertEquals(code, 0, log);
  assertMatch(await git(at.memory.path, "log", "-1", "--format=%s", "looop-memory"), /^Merge what/);
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
    assertStringIncludes(log, "not waiting any longer: fix lives");
    assertEquals((await job.step("Push")).code, 0);
  }
  await at.says(ASK);
  await using next = await ActionJob.begin(at.inputs, { tools });
  const { code, log } = await next.run("Memory");
  assertEquals([code, next.outputs.tick.outcome], [0, "moved"], log);
  assertEquals((await at.calls()).trim().split("\n").length, 2);
});

Deno.test("a job whose looop is killed in the middle of a command pushes that its result is unknown", async () => {
  const command = "kill -KILL $(ps -o ppid= -p $PPID)";
  await using at = await setting({ action: "run", command, journal: "deployed" });
  const config = JSON.parse(await Deno.readTextFile(at.inputs.config));
  const policy = [{ name: "all", then: "allow", when: "move.action == 'run'" }];
  await Deno.writeTextFile(at.inputs.config, JSON.stringify({ ...config, policy }));
  await using job = await ActionJob.begin(at.inputs, { tools });
  const { code, log } = await job.run("Memory");
  assertEquals(code, 137, log);
  assertMatch(log, /finished the move that was cut off: .*deployed/);
  assertMatch(await at.read("journal.md"), /deployed.*interrupted|interrupted.*deployed/s);
});

Deno.test("a job says what is wrong with what it is given, and shows no half of a key", async () => {
  await using at = await setting(ASK);
  const wrong: [Record<string, string>, string][] = [
    [{ env: "MY_KEY=a\nsecond half" }, "a line of env is no NAME=value"],
    [{ config: "/nowhere/looop.json" }, "there is no config file /nowhere/looop.json"],
    [{ branch: "a..b" }, "MEMORY_BRANCH=a..b cannot be the name of a branch"],
    [{ repository: "file:///nowhere" }, "cannot read the branches of file:///nowhere"],
    [{ wait: "soon" }, "soon is no interval"],
  ];
  for (const [inputs, said] of wrong) {
    await using job = await ActionJob.begin({ ...at.inputs, ...inputs }, { tools });
    const { code, log } = await job.run("Memory");
    assert(code !== 0, said);
    assertStringIncludes(log, said);
    assert(!log.includes("second half"), log);
  }
  assertEquals(await at.branches(), [""]);
});

Deno.test("the token goes to the memory's server alone, and stands in no file and no log", async () => {
  await using at = await setting(ASK);
  const seen: (string | null)[] = [];
  const token = "ghs_of_nobody_at_all";
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using server = Deno.serve(options, ({ headers }) => {
    seen.push(headers.get("authorization"));
    return new Response("", { status: 403 });
  });
  const repository = `http://127.0.0.1:${server.addr.port}/memory.git`;
  await using job = await ActionJob.begin({ ...at.inputs, repository, token }, { tools });
  const { code, log } = await job.run("Memory");
  assertEquals([code, seen], [1, [`Basic ${btoa(`x-access-token:${token}`)}`]], log);
  await using local = await ActionJob.begin({ ...at.inputs, token }, { tools });
  assertEquals((await local.run("Memory")).code, 0);
  const found = await new Deno.Command("grep", { args: ["-r", token, local.temp] }).output();
  assertEquals(new TextDecoder().decode(found.stdout), "");
  assertEquals(log.includes(token), false);
});

Deno.test("what a model prints is no command to the job, and hooks in the memory do not run at a push", async () => {
  await using at = await setting({ ...ASK, journal: "::error::gotcha", question: "::add-mask::a" });
  await using job = await ActionJob.begin(at.inputs, { tools });
  assertEquals((await job.step("Memory")).code, 0);
  const { log } = await job.step("Tick");
  const [, word] = /^::stop-commands::(\w{32})$/m.exec(log) ?? [];
  const inside = log.slice(log.indexOf(word), log.lastIndexOf(`::${word}::`));
  const outside = log.replace(inside, "");
  assert(inside.includes("gotcha") && !outside.includes("gotcha"), log);
  const hook = join(job.dataDir, ".git", "hooks", "pre-push");
  await Deno.mkdir(join(job.dataDir, ".git", "hooks"), { recursive: true });
  await Deno.writeTextFile(hook, "#!/bin/sh\necho HOOKED\nexit 1\n", { mode: 0o755 });
  const push = await job.step("Push");
  assertEquals([push.code, push.log.includes("HOOKED")], [0, false], push.log);
});
