import { assertEquals } from "@std/assert";
import { sumSpend } from "../../src/budget/totals.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { meterWorker, reportCost } from "../../src/workers/meter.ts";
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
