import { assertEquals } from "@std/assert";
import { sumSpend } from "../../src/budget/ledger.ts";
import type { Worker } from "../../src/schema/worker.ts";
import {
  beginSession,
  meterWorker,
  reportCost,
  usdLimitEnv,
  workerSpend,
} from "../../src/workers/meter.ts";
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
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [0.1, 0, 1000]);
  await writePiSession(profile, { total: 0.25 });
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

/** Records of pi with so many tokens, for which it claims a price. */
async function claimCost(profile: TempProfile, tokens: number, total: number): Promise<void> {
  const usage = { input: tokens, output: tokens, cost: { total } };
  const message = { role: "assistant", model: "m", usage };
  const line = { type: "message", id: "1", timestamp: "t", message };
  await profile.write("workers/fix-ci/pi-sessions/s.jsonl", JSON.stringify(line) + "\n");
}

Deno.test("workerSpend raises a cost that its tokens cannot have had", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "pi");
  await claimCost(profile, 10_000_000, 0.000001);
  assertEquals((await workerSpend(profile, worker))?.cost_usd, 4.5);
  await meterWorker(profile, worker);
  assertEquals(await total(profile), [4.5, 0, 10_000_000]);
});

Deno.test("workerSpend does not believe a cost that no one can have had", async () => {
  await using profile = await tempProfile();
  const worker = await endedWorker(profile, "pi");
  for (const [claimed, counted] of [[99_999, 4.5e-4], [4.5, 4.5], [1e300, 4.5e-4], [-1, 4.5e-4]]) {
    await claimCost(profile, 1000, claimed);
    assertEquals((await workerSpend(profile, worker))?.cost_usd, counted);
  }
});

Deno.test("reportCost counts what a worker can have cost in its time, not any number", async () => {
  const now = new Date("2026-11-22T09:01:00.000Z");
  await using profile = await tempProfile({
    clock: { now: () => now, sleep: () => Promise.resolve() },
  });
  const worker = await endedWorker(profile, "mine");
  for (const usd of [1, 100_000, 5.5, 1]) await reportCost(profile, worker, usd);
  assertEquals(await total(profile), [6.5, 0, 0]);
  assertEquals(profile.warnings, [
    "worker fix-ci reports $100000.00, which it cannot have cost",
    "worker fix-ci reports $1.00, which it cannot have cost",
  ]);
});

for (const early of [true, false]) {
  Deno.test(`a worker that reports nothing ${early ? "at first" : "at its end"} costs what its tokens do`, async () => {
    await using profile = await tempProfile();
    const worker = await endedWorker(profile, "codex");
    if (early) await reportCost(profile, worker, 0);
    const usage = { input_tokens: 10_000_000, output_tokens: 10_000_000 };
    const line = {
      type: "event_msg",
      payload: { type: "token_count", info: { total_token_usage: usage } },
    };
    const dir = "workers/fix-ci";
    const path = `${profile.paths.dataDir}/${dir}/t.jsonl`;
    await profile.write(`${dir}/t.jsonl`, JSON.stringify(line) + "\n");
    await profile.write(
      `${dir}/sessions.jsonl`,
      JSON.stringify({ session_id: "a", transcript_path: path }) + "\n",
    );
    if (!early) await reportCost(profile, worker, 0);
    await meterWorker(profile, worker);
    await meterWorker(profile, worker);
    assertEquals((await total(profile)).slice(0, 2), [4.5, 0]);
  });
}

Deno.test("meterWorker does not believe a worker whose agent keeps records and has left none", async () => {
  for (const [runner, unknown] of [["pi", 1], ["claude", 1], ["mine", 0]] as const) {
    await using profile = await tempProfile();
    const worker = await endedWorker(profile, runner);
    await beginSession(profile, worker);
    await reportCost(profile, worker, 0);
    await meterWorker(profile, worker);
    await meterWorker(profile, worker);
    assertEquals(await total(profile), [0, unknown, 0], runner);
  }
});

Deno.test("usdLimitEnv gives plain digits, and nothing without a limit", () => {
  assertEquals(usdLimitEnv(undefined), { LOOOP_USD_LIMIT: "" });
  assertEquals(usdLimitEnv(0.25), { LOOOP_USD_LIMIT: "0.25" });
});
