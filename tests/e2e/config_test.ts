import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runCli } from "../../src/cli/main.ts";
import { emptyHome, looop, type Ran } from "../support/looop.ts";
import { memoryTerminal } from "../support/memory_terminal.ts";

const CASES: [title: string, config: string, says: string[]][] = [
  ["is not JSON", `{"interval": 60,}`, ["is not valid JSON", "or delete it to use the defaults"]],
  ["has an unknown key", `{"intervall": 60}`, [
    "unknown key `intervall` (did you mean `interval`?); allowed are runner, ",
  ]],
  ["has a wrong type", `{"interval": "soon"}`, ['`interval` must be a number; found "soon"']],
  ["names no runner", `{"runner": "gpt"}`, [
    '`runner` must be one of auto, none, pi, claude, codex, opencode; found "gpt"',
  ]],
  ["gives a runner no command", `{"runners": {"mine": {}}}`, [
    "`runners.mine.tick` must be a shell command",
  ]],
  ["is a list", `[]`, ["must be an object; found []"]],
];

/** Runs a command line within this process, in an environment of its own. */
async function inProcess(args: string[], { env }: { env: Record<string, string> }): Promise<Ran> {
  const terminal = memoryTerminal();
  const { signal } = new AbortController();
  const code = await runCli(args, terminal, signal, { environment: env });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

for (const [i, [title, config, says]] of CASES.entries()) {
  Deno.test(`a config that ${title} ends with 2, says where and what is allowed, and writes nothing`, async () => {
    await using home = await emptyHome();
    const path = join(home.dir, ".config", "looop.json");
    await Deno.mkdir(join(home.dir, ".config"));
    await Deno.writeTextFile(path, config);
    // One of them by processes, since the rest of a process is the same for all.
    const run = i === 0 ? looop : inProcess;
    for (const args of [["tick"], ["status"], []]) {
      const { code, stdout, stderr } = await run(args, { env: home.env });
      assertEquals([code, stdout], [2, ""], stderr);
      assertStringIncludes(stderr, path);
      for (const text of says) assertStringIncludes(stderr, text);
    }
    assertEquals([...Deno.readDirSync(home.dir)].map(({ name }) => name), [".config"]);
  });
}

Deno.test("an interval in the environment that is not a number ends with 2", async () => {
  await using home = await emptyHome({ LOOOP_INTERVAL: "often" });
  const { code, stderr } = await inProcess(["tick"], { env: home.env });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "LOOOP_INTERVAL");
  assertStringIncludes(stderr, '`interval` must be a number; found "often"');
});
