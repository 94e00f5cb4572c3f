import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { PROGRAM_MS } from "../../support/eventually.ts";
import { denoDir, launcher, looop } from "../../support/looop.ts";
import { type Shell, shellOn } from "../shell_on.ts";
import { installRunners, runnersBin } from "./install_runners.ts";
import { runnerHome } from "./isolated_home.ts";
import { type ModelServer, startModelServer } from "./model_server.ts";
import { providerHosts } from "./provider_hosts.ts";

await installRunners();

const QUESTION = "Which colour?";
const START = {
  ...{ action: "start_worker", id: "paint", prompt: "Ask which colour is wanted." },
  journal: "started a painter",
};
const NOOP = { action: "noop", reason: "nothing is left to do", journal: "nothing to do" };

/** A home in which a program was never started. */
interface NewHome extends AsyncDisposable {
  env: Record<string, string>;
  dataDir: string;
  server: ModelServer;
  /** A terminal in which looop was typed; `args` behind its name. */
  type(...args: string[]): Promise<Shell>;
  asks(): Promise<string>;
}

/** Makes a home without the settings of a program: `forget` names its files and variables. */
async function newHome(runner: string, forget: string[]): Promise<NewHome> {
  const stack = new AsyncDisposableStack();
  const server = stack.use(startModelServer());
  const home = stack.use(await runnerHome(server, { binDirs: [runnersBin] }));
  const hosts = stack.use(await providerHosts(home.dir));
  const dataDir = join(home.dir, "data");
  const env: Record<string, string> = {
    ...{ ...home.env, ...hosts.env, LOOOP_DATA_DIR: dataDir, TERM: "xterm-256color" },
    ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir(), XDG_RUNTIME_DIR: home.dir },
  };
  for (const name of forget) {
    delete env[name];
    await Deno.remove(join(home.dir, name), { recursive: true }).catch(() => undefined);
  }
  const config = join(home.dir, ".config", "looop.json");
  await Deno.mkdir(dirname(config), { recursive: true });
  await Deno.writeTextFile(config, JSON.stringify({ runner }));
  return {
    ...{ env, dataDir, server },
    async type(...args) {
      const bash = ["bash", "--norc", "--noprofile", "-c"];
      const command = `"$0" "$@"; echo "status $?"; exec bash --norc`;
      return await shellOn(env, [...bash, command, launcher, ...args], { columns: 100, rows: 45 });
    },
    asks: async () => (await looop(["asks"], { env })).stdout,
    async [Symbol.asyncDispose]() {
      await looop(["down", "--workers"], { env });
      const tmux = await Deno.readTextFile(join(dataDir, ".looop", "tmux.json")).catch(() => null);
      await stack.disposeAsync();
      if (tmux === null) return;
      try {
        Deno.kill(JSON.parse(tmux).pid, "SIGKILL");
      } catch {
        // It has ended with its last session.
      }
    },
  };
}

/** What the screen shows, then the keys for it. */
type Step = [shown: RegExp, ...keys: string[]];

async function go(shell: Shell, steps: Step[]): Promise<void> {
  for (const [shown, ...keys] of steps) {
    await shell.seen(shown, PROGRAM_MS);
    for (const key of keys) {
      await shell.type(...(key.startsWith("-l ") ? ["-l", key.slice(3)] : [key]));
    }
  }
}

/** What Claude Code asks in a new home with a key in the environment. */
const CLAUDE: Step[] = [
  [/Dark mode/, "Enter"],
  [/Do you want to use this API key\?[^]*❯ 2\. No/, "Up"],
  [/❯ 1\. Yes/, "Enter"],
  [/Press Enter to continue/, "Enter"],
  [/❯ 1\. Yes, I trust this folder/, "Enter"],
];

Deno.test("looop in a new home leads through Claude Code's questions, and then the loop and its worker start by themselves", async () => {
  await using home = await newHome("claude", []);
  home.server.reply(({ system, body }) => {
    if (system.includes("You are the decider of looop")) {
      return { text: JSON.stringify(body.includes("started a painter") ? NOOP : START) };
    }
    const tools: unknown[] = JSON.parse(body).tools ?? [];
    const ask = `"$LOOOP_BIN" ask "$LOOOP_SESSION_ID" "${QUESTION}"`;
    return tools.length > 0
      ? { tool: "Bash", input: { command: ask, description: "ask" } }
      : { text: "done" };
  });
  await using looop = await home.type();
  await looop.seen(
    /Claude Code is not set up\.[^]*Open claude now to set it up\? \(Y\/n\)/,
    PROGRAM_MS,
  );
  assertStringIncludes(await home.asks(), "claude needs you: Claude Code is not set up");
  assertEquals(home.server.requests.length, 0);
  await looop.type("Enter");
  await go(looop, CLAUDE);
  await looop.seen(/claude is ready/, PROGRAM_MS);
  await looop.seen(/Which colour\?/, PROGRAM_MS);
  assertEquals((await home.asks()).includes("setup-agent"), false);
  await looop.type("C-c");
  await looop.seen(/status \d+/);
});

Deno.test("who declines finds an ask, and looop setup-agent goes on later, for a pulse in the background", async () => {
  await using home = await newHome("claude", []);
  home.server.reply({ text: JSON.stringify(NOOP) });
  {
    await using looop = await home.type("up");
    await looop.seen(/Open claude now to set it up\? \(Y\/n\)/, PROGRAM_MS);
    await looop.type("n", "Enter");
    await looop.seen(/To set it up later: looop setup-agent claude/, PROGRAM_MS);
    await looop.seen(/status 0/, PROGRAM_MS);
  }
  assertStringIncludes(await home.asks(), "\n  looop setup-agent claude\n");
  await using looop = await home.type("setup-agent");
  await go(looop, CLAUDE);
  await looop.seen(/claude is ready\nstatus 0/, PROGRAM_MS);
  await looop.type(
    "-l",
    `clear; until "${launcher}" asks | grep 'nothing needs you'; do sleep 1; done`,
  );
  await looop.type("Enter");
  await looop.seen(/^nothing needs you$/m, PROGRAM_MS);
});

Deno.test("Ctrl-\\ Ctrl-\\ leaves a program that is not ready, and the next command opens it where it was", async () => {
  await using home = await newHome("claude", []);
  await using looop = await home.type("setup-agent", "claude");
  await go(looop, [...CLAUDE.slice(0, 1), [/Do you want to use this API key/, "C-\\", "C-\\"]]);
  await looop.seen(/claude is not ready: Claude Code is not set up\.[^]*status 1/, PROGRAM_MS);
  await looop.type("-l", `clear; "${launcher}" setup-agent; echo "status $?"`);
  await looop.type("Enter");
  await go(looop, CLAUDE.slice(1));
  await looop.seen(/claude is ready\nstatus 0/, PROGRAM_MS);
});

Deno.test("looop setup-agent logs codex in with a key, and pi with a key of its list", async (t) => {
  await t.step("codex", async () => {
    await using home = await newHome("codex", [".codex"]);
    await using looop = await home.type("setup-agent");
    await go(looop, [
      [/> 1\. Sign in with ChatGPT/, "Down", "Down"],
      [/> 3\. Sign in another way/, "Enter"],
      [/API key/, "Down", "Down", "Enter"],
      [/Paste or type your API key/, "-l sk-proj-abcdefghijklmnopqrstuvwxyz123456", "Enter"],
    ]);
    await looop.seen(/codex is ready\nstatus 0/, PROGRAM_MS);
    const login = await Deno.readTextFile(join(home.env.HOME, ".codex", "auth.json"));
    assert(login.includes("sk-proj-abcdefghijklmnopqrstuvwxyz123456"));
  });
  await t.step("pi", async () => {
    await using home = await newHome("pi", [".pi", "LOOPBACK_API_KEY", "ANTHROPIC_API_KEY"]);
    await using looop = await home.type("setup-agent");
    await go(looop, [
      [/No models available/, "-l /login", "Enter"],
      [/API key/, "Down", "Enter"],
      [/unconfigured/, "-l mistral", "Enter"],
      [/Enter API key|API key:/i, "-l sk-proj-abcdefghijklmnopqrstuvwxyz123456", "Enter"],
    ]);
    await looop.seen(/pi is ready\nstatus 0/, PROGRAM_MS);
  });
});

Deno.test("a job prepares Claude Code for a worker that no user attends, and fails without a key", async () => {
  await using home = await newHome("claude", []);
  home.server.reply(({ system, body }) => {
    if (!system.includes("You are the decider of looop")) {
      const tools: unknown[] = JSON.parse(body).tools ?? [];
      const end = `"$LOOOP_BIN" kill "$LOOOP_SESSION_ID"`;
      return tools.length > 0
        ? { tool: "Bash", input: { command: end, description: "end" } }
        : { text: "done" };
    }
    return { text: JSON.stringify(START) };
  });
  const env = { ...home.env, CI: "true" };
  const job = await looop(["tick", "--wait=300", "--json"], { env });
  assertEquals(job.code, 0, job.stderr);
  const [worker] = JSON.parse(job.stdout).workers;
  assertEquals([worker.id, worker.state], ["paint", "done"]);

  await using other = await newHome("claude", ["ANTHROPIC_API_KEY"]);
  const failed = await looop(["tick", "--wait", "--json"], { env: { ...other.env, CI: "true" } });
  assertEquals([failed.code, failed.stdout], [1, ""]);
  assertStringIncludes(
    failed.stderr,
    "cannot run unattended: Claude Code is not set up; set ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN",
  );
});
