import { assert, assertEquals } from "@std/assert";
import { renderStatus } from "../src/cli/output/status.ts";
import { PLAIN } from "../src/cli/output/view.ts";
import { answerAsk } from "../src/inbox/answer.ts";
import { listAttention } from "../src/inbox/attention.ts";
import { pulse } from "../src/loop/pulse.ts";
import { tickOnce } from "../src/loop/run.ts";
import { readStatus } from "../src/loop/status.ts";
import type { TickResult } from "../src/schema/status.ts";
import { budgetProfile, spent } from "./budget_profile.ts";
import { eventually } from "./eventually.ts";
import { tempProfile } from "./profile/temp_profile.ts";

const WHY = "$1.25 of $1.00 is spent today (budget.usd_per_day)";

Deno.test("readStatus tells of budgets and of what holds, until it is lifted or has passed", async () => {
  await using profile = await budgetProfile({ usd_per_day: 1, usd_per_worker: 0.5, workers: 3 });
  await profile.write(
    "cost.jsonl",
    spent(1.25, "08:30") + spent(9, "08:00", { kind: "worker", cost_usd: 0 }),
  );
  const none = (await readStatus(profile)).budget;
  assertEquals(none, {
    usd_per_day: 1,
    spent_today_usd: 1.25,
    unknown_costs_today: 0,
    usd_per_worker: 0.5,
    decides_per_hour: 60,
    decides_last_hour: 1,
    workers: 3,
    workers_alive: 0,
    held: null,
  });
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  const status = await readStatus(profile);
  assertEquals(status.budget.held, {
    budget: "usd_per_day",
    why: WHY,
    ask: held.ask_id,
    lifted: false,
  });
  assertEquals(status.attention, [
    `held, so no runner is asked (looop answer ${held.ask_id} lift goes on for today): ${WHY}`,
  ]);
  assertEquals(status.last_tick?.outcome, "held");
  assert(
    renderStatus(status, PLAIN, profile.clock.now()).includes(
      `\nbudget     $1.25 of $1.00 today; at most $0.5000 a worker; held: ${WHY}\n`,
    ),
  );
  // `looop wait` and `notify` show the ask itself.
  const asks = (await listAttention(profile)).filter(({ kind }) => kind === "question");
  assertEquals(asks.map(({ ask }) => ask), [held.ask_id ?? undefined]);
  await answerAsk(profile, held.ask_id ?? "", "lift it for today");
  await tickOnce(profile);
  const lifted = await readStatus(profile);
  assertEquals([lifted.budget.held?.lifted, lifted.budget.held?.ask, lifted.attention], [
    true,
    null,
    [],
  ]);
  profile.at("00:00", 1);
  assertEquals((await readStatus(profile)).budget.held, null);
});

Deno.test("a pulse that is held goes on within a second of the answer", async () => {
  await using profile = await tempProfile({ files: { "cost.jsonl": "" } });
  await Deno.writeTextFile(
    profile.configPath,
    JSON.stringify({
      runner: "mine",
      runners: { mine: { tick: `echo '{"action":"noop","reason":"r","journal":"j"}'` } },
      budget: { decides_per_hour: 0 },
    }),
  );
  const results: TickResult[] = [];
  const stop = new AbortController();
  const running = pulse(profile, {
    signal: stop.signal,
    onTick: (result) => void results.push(result),
  });
  try {
    await eventually("a held tick", () => results.length === 1);
    const [held] = results;
    assert(held.outcome === "held");
    await answerAsk(profile, held.ask_id ?? "", "lift it for today");
    await eventually("the next tick", () => results.length > 1, 1000);
    assertEquals(results[1].outcome, "moved");
  } finally {
    stop.abort();
    await running;
  }
});
