import { assertEquals } from "@std/assert";
import { cliPulse } from "./cli_pulse.ts";
import { traceIdleTicks, traceTick } from "./trace_tick.ts";

const WHAT_AN_IDLE_TICK_WRITES = [".looop/.last_tick.json.*.tmp", "snapshots/.today.json.*.tmp"];

Deno.test("an idle tick of a pulse makes nothing durable, and writes only snapshots and what it was", async () => {
  await using pulse = await cliPulse({ interval: 1, busy_interval: 1 });
  const { durable, written } = await traceIdleTicks(pulse, 3);
  assertEquals(durable, []);
  assertEquals(written, WHAT_AN_IDLE_TICK_WRITES);
});

Deno.test("an idle looop tick makes nothing durable, and writes only snapshots, locks and what it was", async () => {
  await using pulse = await cliPulse();
  await pulse.stop();
  await pulse.edit();
  const moving = await traceTick(pulse.home);
  assertEquals(moving.durable.length > 5, true, "what a move writes is durable, and seen");
  const { durable, written } = await traceTick(pulse.home);
  assertEquals(durable, []);
  assertEquals(written, [
    ".looop/.last_tick.json.*.tmp",
    ".looop/pulse.lock",
    "snapshots/.today.json.*.tmp",
  ]);
});
