import { assert, assertEquals } from "@std/assert";
import { findBudgetAsk } from "../../src/budget/limits.ts";
import { renderStatus } from "../../src/cli/output/status.ts";
import { PLAIN } from "../../src/cli/output/view.ts";
import { answerAsk } from "../../src/inbox/answer.ts";
import { listAttention } from "../../src/inbox/attention.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import type { OverBudget } from "../../src/schema/config.ts";
import type { BudgetStatus } from "../../src/schema/status.ts";
import { budgetProfile, spent, timeOf } from "../support/budget_profile.ts";

const WHY = "$1.25 of $1.00 is spent today (budget.usd_per_day)";

/** The day of the budget, by which its ask is found. */
const DAY = "2026-11-23";

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
    `over budget: ${WHY}; looop answer ${held.ask_id} lift continues for today`,
  ]);
  assertEquals(status.last_tick?.outcome, "held");
  assert(
    renderStatus(status, PLAIN, profile.clock.now()).includes(
      `\nbudget     $1.25 of $1.00 today; at most $0.5000 per worker; over budget: ${WHY}\n`,
    ),
  );
  // `looop wait` and `notify` show the ask itself.
  const asks = (await listAttention(profile)).filter(({ kind }) => kind === "over_budget");
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

Deno.test("readStatus has no cost of today where that of one call is unknown, and the known part", async () => {
  await using profile = await budgetProfile({});
  await profile.write("cost.jsonl", spent(1) + spent(9, "23:59", { ts: "2026-11-20T00:00:00Z" }));
  const known = await readStatus(profile);
  assertEquals([known.cost_today_usd, known.known_cost_today_usd, known.unknown_costs_today], [
    1,
    1,
    0,
  ]);
  await profile.write("cost.jsonl", spent(1) + spent(null));
  const unknown = await readStatus(profile);
  assertEquals(
    [unknown.cost_today_usd, unknown.known_cost_today_usd, unknown.unknown_costs_today],
    [null, 1, 1],
  );
  const { budget } = unknown;
  assertEquals([budget.usd_per_day, budget.usd_per_worker], [null, null]);
  assertEquals([budget.spent_today_usd, budget.unknown_costs_today], [1, 1]);
});

Deno.test("readStatus shows the first budget that is not lifted, and that one is kept", async () => {
  await using profile = await budgetProfile({ usd_per_day: 1, decides_per_hour: 1 });
  await profile.write("cost.jsonl", spent(2, "08:30"));
  const held = async () => (await readStatus(profile)).budget.held;
  assertEquals(await held(), null);
  const dollars = {
    budget: "usd_per_day",
    why: "$2.00 of $1.00 is spent today (budget.usd_per_day)",
  };
  const hourly = {
    budget: "decides_per_hour",
    why: "1 runner calls within an hour, the limit is 1 " +
      "(budget.decides_per_hour); the next one is possible at 09:30",
  };
  const askAbout = async ({ budget }: { budget: string }, answer?: string) => {
    const { id } = await findBudgetAsk(profile, budget as OverBudget["budget"]);
    await profile.write(
      `asks/${id}.json`,
      JSON.stringify({
        ...{ id, kind: "question", question: "Lift?", asked_at: "t", run_id: "r" },
        ...{ hold: { budget, day: DAY } },
        ...answer && { answer: { text: answer, at: timeOf("09:00").toISOString() } },
      }),
    );
    return id;
  };
  const id = await askAbout(hourly);
  assertEquals(await held(), { ...hourly, ask: id, lifted: false } as BudgetStatus["held"]);
  await askAbout(dollars, "lift");
  assertEquals(await held(), { ...hourly, ask: id, lifted: false } as BudgetStatus["held"]);
  await askAbout(hourly, "lift");
  assertEquals(await held(), { ...dollars, ask: null, lifted: true } as BudgetStatus["held"]);
  await askAbout(hourly, "keep it");
  assertEquals(await held(), { ...hourly, ask: null, lifted: false } as BudgetStatus["held"]);
  assertEquals((await readStatus(profile)).attention, []);
});
