import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ActionJob } from "../../action/action_job.ts";
import { git } from "../../support/git.ts";
import { checkout, denoDir } from "../../support/looop.ts";
import { remote } from "../../support/machine.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { startModelServer } from "./model_server.ts";

await installRunners();

const START = {
  ...{ action: "start_worker", id: "paint", prompt: "Report a colour.", more: false },
  journal: "started a painter",
};
const NOOP = { action: "noop", reason: "nothing is left to do", journal: "nothing to do" };
const REPORT = `cat > reports/paint.md <<'END'\nblue\nEND\n"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`;

/** A memory and the programs of jobs that begin with an empty home, in which claude decides and works. */
async function setting() {
  const stack = new AsyncDisposableStack();
  const server = stack.use(startModelServer());
  const memory = stack.use(await remote());
  const dir = await Deno.makeTempDir({ prefix: "looop-jobs-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  await Deno.symlink(Deno.execPath(), join(dir, "deno"));
  await Deno.symlink(join(runnersBin, "claude"), join(dir, "claude"));
  const config = join(dir, "looop.json");
  await Deno.writeTextFile(config, `{"runner": "claude"}`);
  const login = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "sk-ant-0123456789" };
  const inputs = (env: Record<string, string>) => ({
    ...{ repository: `file://${memory.path}`, branch: "looop-memory", config, wait: "5m" },
    env: Object.entries({ ...env, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" })
      .map(([name, value]) => `${name}=${value}\n`).join(""),
  });
  return {
    ...{ server, dir, config, login },
    read: (path: string) => git(memory.path, "show", `looop-memory:${path}`),
    /** Runs a job on a machine of its own. */
    async job(env: Record<string, string>) {
      await using job = await ActionJob.begin(inputs(env), { tools: dir });
      const { code, log } = await job.run("Memory");
      return { code, log, outcome: job.outputs.tick.outcome, summary: job.summary };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test("two jobs in a row: claude decides and its worker reports in the first, the second goes on from its memory", async () => {
  await using at = await setting();
  at.server.reply(({ system, body }) => {
    if (!system.includes("You are the decider of looop")) {
      const tools: unknown[] = JSON.parse(body).tools ?? [];
      return tools.length > 0
        ? { tool: "Bash", input: { command: REPORT, description: "report" } }
        : { text: "done" };
    }
    return { text: JSON.stringify(body.includes("started a painter") ? NOOP : START) };
  });
  const first = await at.job(at.login);
  assertEquals([first.code, first.outcome], [0, "moved"], first.log);
  assertStringIncludes(first.log, "worker paint: done");
  assertEquals(await at.read("reports/paint.md"), "blue");
  const second = await at.job(at.login);
  assertEquals([second.code, second.outcome], [0, "moved"], second.log);
  assertMatch(await at.read("journal.md"), /started a painter\n(.*\n)*.*nothing to do/);
});

Deno.test("a job fails with the reason: without a key, with one that is refused, and while the loop is stopped for that", async () => {
  await using at = await setting();
  const unattended =
    "cannot run unattended: Claude Code is not set up; set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN";
  const keyless = await at.job({});
  assertEquals(keyless.code, 1, keyless.log);
  assertStringIncludes(keyless.log, unattended);

  at.server.reply({ status: 401 });
  const refused = await at.job(at.login);
  assertEquals([refused.code, refused.outcome], [1, "failed"], refused.log);
  assertMatch(refused.summary, /looop: failed\n\n.*(401|authenticat|API key)/i);
  const stopped = await at.job(at.login);
  assertEquals([stopped.code, stopped.outcome], [1, "parked"], stopped.log);
  assertMatch(stopped.summary, /looop: parked\n\n.*(401|authenticat|API key)/i);

  const home = join(at.dir, "home");
  await Deno.mkdir(home);
  const task = async (env: Record<string, string>) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "tick"],
      cwd: checkout,
      clearEnv: true,
      env: {
        ...{ PATH: `${at.dir}:${Deno.env.get("PATH")}`, HOME: home, LANG: "C.UTF-8", CI: "true" },
        ...{ DENO_DIR: denoDir(), LOOOP_CONFIG: at.config, TMPDIR: at.dir, ...env },
      },
    }).output();
    const text = new TextDecoder();
    return { code, log: text.decode(stdout) + text.decode(stderr) };
  };
  const tick = await task({});
  assertEquals(tick.code, 1, tick.log);
  assertStringIncludes(tick.log, unattended);
  at.server.reply({ text: JSON.stringify(NOOP) });
  const prepared = await task(at.login);
  assertEquals(prepared.code, 0, prepared.log);
});
