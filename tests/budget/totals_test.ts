import { assertEquals } from "@std/assert";
import { sumSpend } from "../../src/budget/ledger.ts";
import { dayReader, localDay, startOfDay } from "../../src/schema/text.ts";
import { tempProfile } from "../support/temp_profile.ts";

/** One line of the ledger as looop writes it. */
function line(ts: Date, more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ts: ts.toISOString(),
    kind: "tick",
    id: "r1",
    goal: null,
    runner: "pi",
    model: "m",
    cost_usd: 0.25,
    input_tokens: 100,
    cached_input_tokens: 40,
    output_tokens: 5,
    duration_ms: 1000,
    ...more,
  });
}

const noon = new Date(2026, 10, 23, 12);
const yesterday = new Date(2026, 10, 22, 23, 59, 59, 999);

Deno.test("sumSpend sums by day, kind, runner, model and goal, and counts what is unknown", async () => {
  const old = `{"ts":"${yesterday.toISOString()}","kind":"worker","id":"w","runner":"codex",` +
    `"cost_usd":null}`;
  const ledger = [old, line(noon), line(noon, { goal: "g", cost_usd: 1 }), '{"ts":"2026', "[]"];
  await using profile = await tempProfile({ files: { "cost.jsonl": ledger.join("\n") } });
  const spend = await sumSpend(profile);
  const tick = {
    calls: 2,
    cost_usd: 1.25,
    unknown_costs: 0,
    input_tokens: 200,
    cached_input_tokens: 80,
    output_tokens: 10,
  };
  const worker = {
    calls: 1,
    cost_usd: 0,
    unknown_costs: 1,
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
  };
  assertEquals(spend.total, { ...tick, calls: 3, unknown_costs: 1 });
  assertEquals(spend.by_day, [{ key: "2026-11-22", ...worker }, { key: "2026-11-23", ...tick }]);
  assertEquals(spend.by_kind, [{ key: "tick", ...tick }, { key: "worker", ...worker }]);
  assertEquals(spend.by_runner, [{ key: "pi", ...tick }, { key: "codex", ...worker }]);
  assertEquals(spend.by_model, [{ key: "m", ...tick }, { key: null, ...worker }]);
  assertEquals(spend.by_goal.map(({ key, calls }) => [key, calls]), [["g", 1], [null, 2]]);
  assertEquals([spend.since, spend.broken_lines], [null, 2]);
});

Deno.test("sumSpend since midnight counts the local day alone, however long the ledger is", async () => {
  const before = Array.from({ length: 2000 }, () => line(yesterday));
  const today = [line(startOfDay(noon)), line(noon), line(noon)];
  await using profile = await tempProfile({
    files: { "cost.jsonl": [...before, ...today, ""].join("\n") },
  });
  const spend = await sumSpend(profile, { since: startOfDay(noon) });
  assertEquals(spend.total.calls, 3);
  assertEquals(spend.by_day.map(({ key, calls }) => [key, calls]), [["2026-11-23", 3]]);
  assertEquals((await sumSpend(profile)).total.calls, 2003);
});

Deno.test("sumSpend since a time reads on backwards while lines are newer", async () => {
  const lines = Array.from({ length: 2000 }, () => line(noon));
  await using profile = await tempProfile({
    files: { "cost.jsonl": `${line(yesterday)}\n${lines.join("\n")}\n` },
  });
  assertEquals((await sumSpend(profile, { since: startOfDay(noon) })).total.calls, 2000);
});

Deno.test("sumSpend without a ledger is nothing", async () => {
  await using profile = await tempProfile();
  const spend = await sumSpend(profile, { since: noon });
  assertEquals([spend.total.calls, spend.by_day, spend.broken_lines], [0, [], 0]);
});

Deno.test("dayReader gives the host's day for times in any order and form", () => {
  const dayOf = dayReader();
  const times = [noon, yesterday, new Date(yesterday.getTime() + 1), noon, new Date(2027, 0, 1)];
  assertEquals(times.map((at) => dayOf(at.toISOString())), times.map(localDay));
  assertEquals(dayOf("2026-11-23T12:00:00+00:00"), localDay(new Date("2026-11-23T12:00:00Z")));
  assertEquals(dayOf("never"), null);
});
