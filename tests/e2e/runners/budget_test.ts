import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { eventually, PROGRAM_MS } from "../../support/eventually.ts";
import { type Deciding, deciding } from "./deciding.ts";
import { installRunners } from "./install_runners.ts";

/** Dollars of one decision, of 1,200 tokens in, 800 of them cached, and 42 out. */
const PRICE: Record<string, number> = { pi: 0.00207, claude: 0.00345, opencode: 0.00207 };
const NOOP = JSON.stringify({ action: "noop", reason: "seen", journal: "looked" });

await installRunners();

/** A profile that this program decides for within a budget. */
async function within(runner: string, budget: Record<string, unknown>): Promise<Deciding> {
  const loop = await deciding(runner);
  await Deno.writeTextFile(
    join(loop.env.XDG_CONFIG_HOME, "looop.json"),
    JSON.stringify({ runner, budget }),
  );
  loop.server.reply({ text: NOOP });
  return loop;
}

async function change(loop: Deciding, text: string): Promise<void> {
  await Deno.writeTextFile(join(loop.dataDir, "PLAYBOOK.md"), `# ${text}\n`);
}

for (const [runner, price] of Object.entries(PRICE)) {
  Deno.test(`${runner} is asked while there are dollars left of the day, then held`, async () => {
    await using loop = await within(runner, { usd_per_day: price * 1.5 });
    assertEquals((await loop.tick()).outcome, "moved");
    await change(loop, "again");
    const second = await loop.tick();
    // Claude alone keeps to the dollars that it is given; the others are found to have spent more.
    assertEquals(second.outcome, runner === "claude" ? "held" : "moved");
    assertEquals((await loop.ledger()).map(({ cost_usd }) => cost_usd), [price, price]);
    await change(loop, "and again");
    const third = await loop.tick();
    assertEquals(third.outcome, "held");
    assertMatch(
      String(third.why),
      /^\$0\.00\d\d of \$0\.00\d\d is spent today \(budget\.usd_per_day\)$/,
    );
    assertEquals(loop.server.requests.length, 2);
    assertEquals((await loop.looop("answer", String(third.ask_id), "lift it for today")).code, 0);
    assertEquals((await loop.tick()).outcome, "moved");
    assertEquals(loop.server.requests.length, 3);
  });

  Deno.test(`${runner}'s refused calls cost nothing: the budget does not hold for them`, async () => {
    await using loop = await within(runner, { usd_per_day: 1 });
    loop.server.reply({ status: 401 });
    assertEquals((await loop.tick()).outcome, "failed");
    assertEquals((await loop.ledger()).map(({ cost_usd }) => cost_usd), [0]);
    loop.server.reply({ text: NOOP });
    await loop.looop("resume");
    assertEquals((await loop.tick()).outcome, "moved");
  });
}

Deno.test("codex tells no dollars: a budget in them holds after its first decision", async () => {
  await using loop = await within("codex", { usd_per_day: 1 });
  assertEquals((await loop.tick()).outcome, "moved");
  await change(loop, "again");
  const held = await loop.tick();
  assertEquals(held.outcome, "held");
  assertStringIncludes(String(held.why), "one cost of today is unknown");
  const started = await loop.looop("start-session", "fix", "Mend it.");
  assertEquals(started.code, 1);
  assertStringIncludes(started.stderr, "the cost of codex would be unknown");
  assertStringIncludes(started.stderr, 'budget.unknown_cost to "ignore"');
});

Deno.test("the real pi is stopped as a worker once its records tell more than usd_per_worker", async () => {
  await using loop = await within("pi", { usd_per_worker: 0.003, usd_per_day: 1 });
  // Each turn costs $0.00207, and calls for another.
  loop.server.reply(({ system, prompt }) =>
    system.includes("You are the decider of looop") || prompt.includes("# WHAT CHANGED")
      ? { text: NOOP }
      : { tool: "bash", input: { command: "sleep 1" } }
  );
  try {
    assertEquals((await loop.looop("start-session", "fix", "Mend it.")).code, 0);
    let note: string | null = null;
    await eventually("the worker is stopped", async () => {
      await loop.tick();
      const { stdout } = await loop.looop("ls", "--all", "--json");
      const [worker] = JSON.parse(stdout) as { alive: boolean; note: string | null }[];
      note = worker.note;
      return !worker.alive;
    }, PROGRAM_MS);
    assertMatch(
      note ?? "",
      /^stopped: it has cost \$0\.\d{4} of \$0\.0030 \(budget\.usd_per_worker\)$/,
    );
    const costs = (await loop.ledger()).filter(({ kind }) => kind === "worker");
    assertEquals(costs.length, 1);
  } finally {
    await loop.looop("down", "--workers");
  }
});
