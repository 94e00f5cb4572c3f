import { assertEquals } from "@std/assert";
import { sumSpend } from "../../src/budget/totals.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { meterWorker, reportCost, usdLimitEnv } from "../../src/workers/meter.ts";
import { tempWorker } from "../inbox/temp_worker.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A worker as it stands after its end. */
async function endedWorker(profile: TempProfile, runner: string): Promise<Worker> {
  const record = await tempWorker(profile, "fix-ci", {
    runner,
    started_at: "2026-11-22T09:00:00.000Z",
  });
  return {
    ...record,
    state: "done",
    alive: false,
    exit_code: 0,
    flag: null,
    since: "2026-11-22T09:30:00.000Z",
    idle_s: null,
    verification: null,
  };
}

async function total(profile: TempProfile): Promise<[number, number, number]> {
  const { cost_usd, unknown_costs, input_tokens } = (await sumSpend(profile)).total;
  return [cost_usd, unknown_costs, input_tokens];
}

/** What one answer leaves in the records of pi. */
async function writePiSession(profile: TempProfile, cost: unknown): Promise<void> {
  const usage = { input: 1000, output: 10, cost };
  const message = { role: "assistant", model: "m", usage };
  const line = { type: "message", id: "1", timestamp: "2026-11-23T09:10:00.000Z", message };
  await profile.write("workers/fix-ci/pi-sessions/s.jsonl", JSON.stringify(line) + "\n");
}

Deno.test("reportCost sums up what a worker says, and its end adds nothing to that", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "mine");
  assertEquals(await reportCost(profile, worker, 0.25), true);
  assertEquals(await reportCost(profile, worker, 0.5), true);
  await meterWorker(profile, worker);
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.75, 0, 0]);
});

Deno.test("reportCost leaves it to the program's own records where these tell dollars", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "pi");
  await writePiSession(profile, { total: 0.1 });
  assertEquals(await reportCost(profile, worker, 0.25), false);
  await meterWorker(profile, worker);
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.1, 0, 1000]);
  assertEquals(await reportCost(profile, worker, 0.25), false);
});

Deno.test("meterWorker records the rest of a worker that was continued after its cost was recorded", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "pi");
  await writePiSession(profile, { total: 0.1 });
  await meterWorker(profile, worker);
  await writePiSession(profile, { total: 0.25 });
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.1, 0, 1000]);
  const at = "2026-11-22T09:40:00.000Z";
  const resumption = { count: 1, phase: "begun", at, due: at };
  await profile.write("workers/fix-ci/resumption.json", JSON.stringify(resumption));
  await meterWorker(profile, worker);
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.25, 0, 1000]);
});

Deno.test("reportCost takes the tokens of records without dollars, once", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "pi");
  await writePiSession(profile, null);
  await reportCost(profile, worker, 0.25);
  await reportCost(profile, worker, 0.25);
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.5, 0, 1000]);
});

Deno.test("meterWorker tells generations of one id apart, and counts as unknown what nobody told", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "mine");
  await meterWorker(profile, worker);
  await meterWorker(profile, { ...worker, generation: "g2" });
  assertEquals(await total(profile), [0, 2, 0]);
});

Deno.test("meterWorker and reportCost write whole lines, and no negative duration", async () => {
  const now = new Date("2026-11-23T12:00:00.000Z");
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  await using profile = await tempProfile({ clock });
  const worker = { ...await endedWorker(profile, "pi"), goal: "ship" };
  await meterWorker(profile, { ...worker, id: "other" });
  await meterWorker(profile, { ...worker, id: "past", since: "2026-11-22T08:00:00.000Z" });
  await reportCost(profile, { ...worker, id: "told" }, 0.25);
  await writePiSession(profile, { total: 0.1 });
  await meterWorker(profile, worker);
  const common = {
    ...{ ts: now.toISOString(), kind: "worker", goal: "ship", runner: "pi", model: null },
    ...{ input_tokens: null, cached_input_tokens: null, output_tokens: null },
  };
  const lines = (await profile.read("cost.jsonl")).trimEnd().split("\n");
  assertEquals(lines.map((line) => JSON.parse(line)), [
    { ...common, id: "other@g1", cost_usd: null, duration_ms: 1_800_000 },
    { ...common, id: "past@g1", cost_usd: null, duration_ms: 0 },
    { ...common, id: "told@g1", cost_usd: 0.25, duration_ms: null },
    {
      ...{ ...common, id: "fix-ci@g1", cost_usd: 0.1, duration_ms: 1_800_000, model: "m" },
      ...{ input_tokens: 1000, cached_input_tokens: 0, output_tokens: 10 },
    },
  ]);
});

Deno.test("usdLimitEnv gives plain digits, and nothing without a limit", () => {
  assertEquals(usdLimitEnv(undefined), { LOOOP_USD_LIMIT: "" });
  assertEquals(usdLimitEnv(0.25), { LOOOP_USD_LIMIT: "0.25" });
});
