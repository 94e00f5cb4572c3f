import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { readState } from "../../src/profile/state.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { type BudgetProfile, budgetProfile, COST, spent } from "../support/budget_profile.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** A profile whose history is of no interest here. */
const historyless: typeof budgetProfile = (budget, more) =>
  budgetProfile(budget, { history: false, ...more });

/** What a tick comes to: `held` with its reason, or its outcome. */
async function tick(profile: BudgetProfile): Promise<string> {
  const result = await tickOnce(profile);
  return result.outcome === "held" ? `held: ${result.why}` : result.outcome;
}

async function held(profile: BudgetProfile): Promise<TickResult & { outcome: "held" }> {
  const result = await tickOnce(profile);
  assert(result.outcome === "held", JSON.stringify(result));
  return result;
}

const UNKNOWN = "unknown, so what is left of $5.00 is unknown " +
  `(budget.usd_per_day; to continue, set budget.unknown_cost to "ignore")`;

Deno.test("an unknown cost of today holds a budget in dollars; none of yesterday does", async () => {
  await using profile = await historyless({ usd_per_day: 5 });
  await profile.write("cost.jsonl", spent(null, "00:00") + spent(0.5));
  assertEquals(await tick(profile), `held: one cost of today is ${UNKNOWN}`);
  assertEquals((await readStatus(profile)).budget.held?.budget, "unknown_cost");
  profile.at("00:00", 1);
  assertEquals(await tick(profile), "moved");
});

Deno.test("a torn ledger line of today counts as an unknown cost", async () => {
  await using profile = await historyless({ usd_per_day: 5 });
  await profile.write("cost.jsonl", spent(0.5) + spent(null).slice(0, 40));
  assertEquals(await tick(profile), `held: one cost of today is ${UNKNOWN}`);
  await using other = await historyless({ usd_per_day: 5 });
  await other.write("cost.jsonl", spent(0.5) + "garbage\n" + spent(null));
  assertEquals(await tick(other), `held: 2 costs of today are ${UNKNOWN}`);
});

Deno.test("an unknown cost holds nothing where it is ignored, or without a budget in dollars", async () => {
  for (
    const budget of [{ usd_per_day: 5, unknown_cost: "ignore" } as const, {}, { usd_per_worker: 1 }]
  ) {
    await using profile = await historyless(budget);
    await profile.write("cost.jsonl", spent(null));
    assertEquals(await tick(profile), "moved");
  }
});

Deno.test("what is known to be spent holds even where unknown costs are ignored", async () => {
  await using profile = await historyless({ usd_per_day: 5, unknown_cost: "ignore" });
  await profile.write("cost.jsonl", spent(null) + spent(5.02, "08:30"));
  assertEquals(await tick(profile), "held: $5.02 of $5.00 is spent today (budget.usd_per_day)");
});

Deno.test("a runner that tells no price is asked once, then the budget holds", async () => {
  await using profile = await historyless({ usd_per_day: 5 });
  profile.config.runners.mine.output = "text";
  profile.config.runners.mine.tick = `echo '{"action":"noop","reason":"r","journal":"j"}'`;
  assertEquals(await tick(profile), "moved");
  await profile.change();
  assertEquals(await tick(profile), `held: one cost of today is ${UNKNOWN}`);
});

Deno.test("a lifted hold for unknown costs does not lift the dollars themselves", async () => {
  await using profile = await historyless({ usd_per_day: 5 });
  await profile.write("cost.jsonl", spent(null));
  const { ask_id } = await held(profile);
  await answerAsk(profile, ask_id ?? "", "yes");
  assertEquals(await tick(profile), "moved");
  await profile.write("cost.jsonl", spent(null) + spent(6, "08:30"));
  await profile.change();
  const dollars = await held(profile);
  assertEquals(dollars.why, "$6.00 of $5.00 is spent today (budget.usd_per_day)");
  await answerAsk(profile, dollars.ask_id ?? "", "lift");
  assertEquals(await tick(profile), "moved");
  // The state tells of one hold alone; both stay lifted.
  await profile.change();
  assertEquals(await tick(profile), "moved");
});

Deno.test("decisions per hour are held until the first of them is an hour old", async () => {
  await using profile = await historyless({ decides_per_hour: 2 });
  assertEquals(await tick(profile), "moved");
  profile.at("09:10");
  await profile.change();
  assertEquals(await tick(profile), "moved");
  profile.at("09:20");
  await profile.change();
  const first = await held(profile);
  assertEquals(
    first.why,
    "2 runner calls within an hour, the limit is 2 (budget.decides_per_hour); the next one is possible at 10:00",
  );
  profile.at("09:59");
  assertEquals((await held(profile)).ask_id, first.ask_id);
  profile.at("10:00");
  assertEquals(await tick(profile), "moved");
  assertEquals((await findAsk(profile, first.ask_id ?? ""))?.closed_by, "released");
  // Another hour is another hold.
  profile.at("10:01");
  await profile.change();
  const second = await held(profile);
  assert(second.ask_id !== null && second.ask_id !== first.ask_id);
  await answerAsk(profile, second.ask_id, "keep it");
  assertEquals((await held(profile)).ask_id, null);
  profile.at("10:10");
  assertEquals(await tick(profile), "moved");
  profile.at("10:11");
  await profile.change();
  assertEquals((await held(profile)).ask_id, null);
  assertEquals(
    (await profile.read("journal.md")).match(/ over budget: 2 runner calls/g)?.length,
    3,
  );
});

Deno.test("a lifted limit of decisions per hour is lifted for the day", async () => {
  await using profile = await historyless({ decides_per_hour: 1 });
  await tick(profile);
  await profile.change();
  await answerAsk(profile, (await held(profile)).ask_id ?? "", "lift it for today");
  for (const time of ["09:01", "09:02", "23:00"]) {
    profile.at(time);
    await profile.change();
    assertEquals(await tick(profile), "moved");
  }
});

Deno.test("decisions that end in the future do not count: the clock was set back", async () => {
  await using profile = await historyless({ decides_per_hour: 1 });
  await profile.write("cost.jsonl", spent(0, "15:00"));
  assertEquals(await tick(profile), "moved");
});

Deno.test("each attempt of a decision counts, and there is no second one beyond a budget", async () => {
  const refused =
    `cat > seen; if [ $(wc -c < calls) = 1 ]; then sed s/looked// stream.jsonl | sed 's/,..journal[^}]*//'; else cat stream.jsonl; fi`;
  await using once = await historyless({ decides_per_hour: 1 }, { runner: refused });
  assertEquals(
    await tick(once),
    "held: 1 runner calls within an hour, the limit is 1 (budget.decides_per_hour); the next one is possible at 10:00",
  );
  assertEquals(await once.calls(), 1);
  await using twice = await historyless({ decides_per_hour: 2 }, { runner: refused });
  assertEquals(await tick(twice), "moved");
  assertEquals(await twice.calls(), 2);
  await using dear = await historyless({ usd_per_day: COST }, { runner: refused });
  assertEquals(
    await tick(dear),
    "held: $0.0045 of $0.0045 is spent today (budget.usd_per_day)",
  );
  assertEquals([await dear.calls(), (await dear.read("cost.jsonl")).trimEnd().split("\n").length], [
    1,
    2,
  ]);
  assertEquals((await readState(dear)).failure, null);
});

Deno.test("a runner that stops at the dollars it was given is held, not failed", async () => {
  await using profile = await historyless({ usd_per_day: 0.002 });
  const stream = new URL(
    "../fixtures/runner-streams/claude-2.1.197.over-budget.jsonl",
    import.meta.url,
  );
  await profile.write("stream.jsonl", await Deno.readTextFile(stream));
  profile.config.runners.mine.tick += "; exit 1";
  assertEquals(await tick(profile), "held: $0.0021 of $0.0020 is spent today (budget.usd_per_day)");
  assertEquals([await profile.calls(), (await readState(profile)).failure], [1, null]);
  // Nobody set a budget for the day that would explain it.
  profile.setBudget({});
  profile.config.runners.mine.output = "claude";
  assertEquals(await tick(profile), "failed");
});

Deno.test("a command is told the dollars that are left of the day", async () => {
  const tell = `printf '%s %s' "$LOOOP_USD_LIMIT" {{usd_limit}} > told; cat stream.jsonl`;
  await using profile = await historyless({ usd_per_day: 1 }, {
    runner: tell,
    make: (options) => tempProfile({ ...options, env: { LOOOP_USD_LIMIT: "77" } }),
  });
  await profile.write("cost.jsonl", spent(0.75));
  await tick(profile);
  assertEquals(await profile.read("told"), "0.25 0.25");
  profile.setBudget({});
  await profile.change();
  await tick(profile);
  assertEquals(await profile.read("told"), " ");
});

Deno.test("a budget of nothing asks no runner at all", async () => {
  await using none = await historyless({ usd_per_day: 0 });
  assertEquals(await tick(none), "held: $0.00 of $0.00 is spent today (budget.usd_per_day)");
  await using never = await historyless({ decides_per_hour: 0 });
  assertStringIncludes(await tick(never), "held: 0 runner calls within an hour, the limit is 0");
  assertEquals([await none.calls(), await never.calls()], [0, 0]);
});
