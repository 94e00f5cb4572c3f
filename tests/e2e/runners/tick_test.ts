import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { presets } from "../../../src/decide/runners/runner.ts";
import { git } from "../../support/git.ts";
import { deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";
import type { Reply } from "./reply.ts";

const WRITE = {
  action: "write_goal",
  id: "tea",
  body: "---\ngoal: Drink tea\n---\n",
  journal: "wrote down a goal",
  goal: "setup",
  more: false,
};

/** Dollars of 1,200 tokens in, 800 of them cached, and 42 out. */
const PRICE: Record<string, number | null> = {
  pi: 0.00207,
  claude: 0.00345,
  codex: null,
  opencode: 0.00207,
};

await installRunners();

for (const name of presets.keys()) {
  Deno.test(`${name} decides a move that is made, journaled, committed and metered`, async () => {
    await using loop = await deciding(name);
    loop.server.reply({ text: "```json\n" + JSON.stringify(WRITE) + "\n```" });
    const result = await loop.tick();
    assertEquals(result.outcome, "moved");
    assertEquals(await loop.read("goals/tea.md"), WRITE.body);
    assert(/^- \d{4}-\d\d-\d\d \d\d:\d\d wrote down a goal\n$/.test(await loop.read("journal.md")));
    const message = await git(loop.dataDir, "log", "-1", "--format=%B", "--name-only");
    assertStringIncludes(message, `Looop-Run: ${result.run_id}`);
    assertStringIncludes(message, "goals/tea.md");
    const [line, ...rest] = await loop.ledger();
    assertEquals(rest, []);
    assertEquals(
      [line.kind, line.id, line.goal, line.runner, line.cost_usd],
      ["tick", result.run_id, "setup", name, PRICE[name]],
    );
    assertEquals([line.input_tokens, line.cached_input_tokens, line.output_tokens], [
      1200,
      800,
      42,
    ]);
    assertEquals(loop.server.requests.length, 1);
    assertEquals((await loop.tick()).outcome, "idle");
    assertEquals(loop.server.requests.length, 1);
  });

  Deno.test(`${name}'s failures are told, metered where billed, and make no move`, async (t) => {
    const cases: {
      title: string;
      reply: Reply;
      kind: string;
      billed: boolean;
      timeout?: string;
    }[] = [
      { title: "401", reply: { status: 401 }, kind: "auth", billed: false },
      {
        title: "429 with a reset",
        reply: { status: 429, resetInS: 3600 },
        kind: "rate_limit",
        billed: false,
      },
      { title: "500", reply: { status: 500 }, kind: "model", billed: false, timeout: "60" },
      { title: "an empty answer", reply: { text: "" }, kind: "refused", billed: true },
      { title: "prose", reply: { text: "Let us wait." }, kind: "refused", billed: true },
      {
        title: "a hanging server",
        reply: { hang: true },
        kind: "timeout",
        billed: false,
        timeout: "8",
      },
    ];
    for (const { title, reply, kind, billed, timeout } of cases) {
      await t.step(title, async () => {
        await using loop = await deciding(name, timeout ? { LOOOP_TICK_TIMEOUT: timeout } : {});
        loop.server.reply(reply);
        const result = await loop.tick();
        assertEquals(result.outcome, "failed");
        const error = result.error as { kind: string; message: string; retry_at?: string };
        // A program that retries for longer than it is given is told as what it was: too slow.
        assert(
          error.kind === kind || (title === "500" && error.kind === "timeout"),
          JSON.stringify(error),
        );
        assertStringIncludes(error.message, name);
        const lines = await loop.ledger();
        assertEquals(lines.length, billed ? 2 : 1);
        assertEquals(lines.every((line) => (line.output_tokens ?? 0) > 0), billed);
        assertEquals(await loop.read("journal.md").catch(() => ""), "");
        assertEquals([...Deno.readDirSync(join(loop.dataDir, "goals"))].length, 3);
      });
    }
  });
}

Deno.test("a 401 parks the loop until a person resumes it", async () => {
  await using loop = await deciding("claude");
  loop.server.reply({ status: 401 });
  assertEquals((await loop.tick()).outcome, "failed");
  const asked = loop.server.requests.length;
  assertEquals((await loop.tick()).outcome, "parked");
  assertEquals(loop.server.requests.length, asked);
  loop.server.reply({ text: JSON.stringify(WRITE) });
  assertEquals((await loop.looop("resume")).code, 0);
  assertEquals((await loop.tick()).outcome, "moved");
});
