import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { checkout } from "../support/looop.ts";
import { action, ActionJob } from "./action_job.ts";
import { ASK, setting, tools } from "./job_setting.ts";

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

Deno.test("the action's scripts are bash without faults", async () => {
  const dir = join(checkout, "action");
  const scripts = [...Deno.readDirSync(dir)].map(({ name }) => join(dir, name));
  assertEquals(scripts.length, 4);
  for (const { name, run } of action.runs.steps) {
    scripts.push(join(tools, `${name}.sh`));
    await Deno.writeTextFile(join(tools, `${name}.sh`), run);
  }
  const args = ["--shell=bash", "--external-sources", ...scripts];
  const { code, stdout } = await new Deno.Command("shellcheck", { args }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [0, ""]);
});

Deno.test("a job says what is wrong with what it is given, and shows no half of a key", async () => {
  await using at = await setting(ASK);
  const wrong: [Record<string, string>, string][] = [
    [{ env: "MY_KEY=a\nsecond half" }, "a line of env is not NAME=value"],
    [{ config: "/nowhere/looop.json" }, "the config file /nowhere/looop.json does not exist"],
    [{ branch: "a..b" }, "MEMORY_BRANCH=a..b is not a valid branch name"],
    [{ repository: "file:///nowhere" }, "cannot read the branches of file:///nowhere"],
    [{ wait: "soon" }, "soon is not a duration"],
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

Deno.test("a job whose runner cannot start unattended fails with the reason, and still pushes the memory", async () => {
  await using at = await setting(ASK);
  await using job = await ActionJob.begin(at.inputs, { tools });
  const bin = join(job.temp, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "claude"), "#!/bin/sh\nexit 1\n", { mode: 0o700 });
  const config = join(job.temp, "claude.json");
  await Deno.writeTextFile(config, JSON.stringify({ runner: "claude" }));
  job.inputs.config = config;
  job.inputs.env = `PATH=${bin}:${Deno.env.get("PATH")}`;
  assertEquals((await job.step("Memory")).code, 0);
  const tick = await job.step("Tick");
  assertEquals(tick.code, 1, tick.log);
  assertStringIncludes(
    tick.log,
    "looop: cannot run unattended: Claude Code is not set up; " +
      "set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN, or choose another runner",
  );
  const push = await job.step("Push");
  assertEquals(push.code, 0, push.log);
});
