import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { envOf } from "../../../src/os/env.ts";
import { configSchema } from "../../../src/schema/config.ts";
import { UserError } from "../../../src/schema/errors.ts";
import { agentNamed, pickAgent } from "../../../src/workers/agents/presets.ts";

const input = {
  promptFile: "/data/it's/prompt.md",
  workerDir: "/data/workers/w1",
  cwd: "/data",
  hookCommand: "hook",
};

Deno.test("no preset bypasses its program's permissions", async () => {
  for (const name of ["pi", "claude", "codex", "opencode"]) {
    const { command, env, files } = await agentNamed(name).start({ ...input, model: "m" });
    const all = JSON.stringify([command, env, files]);
    assertEquals(
      /dangerous|bypass|yolo|--auto\b|full-access|never|"allow"|sandbox/.test(all),
      false,
    );
    assertMatch(command, /--model m\b/);
  }
});

Deno.test("without a hook command no preset has a permission hook", async () => {
  for (const name of ["pi", "claude", "codex", "opencode"]) {
    const { hookCommand: _, ...bare } = input;
    const started = await agentNamed(name).start(bare);
    assertEquals(JSON.stringify(started).includes("PermissionRequest"), false);
  }
});

Deno.test("codex vouches for exactly the hooks that it is given", async () => {
  const { command } = await agentNamed("codex").start({ ...input, hookCommand: "/tmp/hook.sh" });
  assertMatch(command, /^codex --no-daemon -c 'projects=\{"\/data"=\{trust_level="trusted"\}\}' /);
  assertMatch(
    command,
    /hooks\.PermissionRequest=\[\{hooks=\[\{type="command",command="\/tmp\/hook/,
  );
  assertEquals(command.match(/trusted_hash="sha256:[0-9a-f]{64}"/g)?.length, 2);
});

Deno.test("a command of one's own gets the path of the prompt, quoted", async () => {
  const agent = agentNamed("mine", { worker: "run $HOME {{prompt_file}}" });
  assertEquals((await agent.start(input)).command, `run $HOME '/data/it'\\''s/prompt.md'`);
});

Deno.test("agentNamed says what to do about a runner without a command for workers", () => {
  assertThrows(() => agentNamed("mine", { tick: "x" }), UserError, "runners.mine.worker");
});

Deno.test("pickAgent takes the one asked for, the config's, or the first that is installed", async () => {
  const bin = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${bin}/codex`, "", { mode: 0o700 });
    const pick = (config: unknown, asked?: string) => {
      const profile = { config: configSchema.parse(config), env: envOf({ PATH: bin }) };
      const { agent, model } = pickAgent(profile, asked);
      return [agent.name, model];
    };
    const runners = { codex: { model: "m" }, mine: { worker: "x" } };
    assertEquals(pick({}), ["codex", undefined]);
    assertEquals(pick({ runner: "codex", runners }), ["codex", "m"]);
    assertEquals(pick({ worker_runner: "mine", runners }), ["mine", undefined]);
    assertEquals(pick({ runners }, "mine"), ["mine", undefined]);
    assertThrows(() => pick({ worker_runner: "none" }), UserError, `"none"`);
    assertThrows(() => pick({}, "pi"), UserError, "its runner pi is not on PATH");
    assertThrows(() => pick({}, "constructor"), UserError, "cannot start workers");
  } finally {
    await Deno.remove(bin, { recursive: true });
  }
});

Deno.test("a runner for workers alone needs no command for decisions", () => {
  const runners = { mine: { worker: "x" } };
  assertEquals(configSchema.safeParse({ worker_runner: "mine", runners }).success, true);
  assertEquals(configSchema.safeParse({ runner: "mine", runners }).success, false);
  assertEquals(configSchema.safeParse({ worker_runner: "mine" }).success, false);
});
