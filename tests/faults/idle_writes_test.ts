import { assertEquals } from "@std/assert";
import { cliPulse } from "./cli_pulse.ts";
import { traceIdleTicks, traceTick } from "./trace_tick.ts";

const SENSOR = { "sensors/today.sh": "#!/bin/sh\necho '{}'\n" };
const WHAT_AN_IDLE_TICK_WRITES = [".looop/.last_tick.json.*.tmp", "snapshots/today.json"];

Deno.test("an idle tick of a pulse makes nothing durable, and writes only snapshots and what it was", async () => {
  await using pulse = await cliPulse({ interval: 1, busy_interval: 1 }, SENSOR);
  const { durable, written } = await traceIdleTicks(pulse, 3);
  assertEquals(durable, []);
  assertEquals(written, WHAT_AN_IDLE_TICK_WRITES);
});

/** What a tick that makes a move waits for; a crash after any of them loses no cost, and repeats no move. */
const WHAT_A_MOVE_MAKES_DURABLE = [
  "cost.jsonl",
  // The user's edit.
  ...[".git/objects/*", ".git/refs/heads/main.lock"],
  ...[".looop/.intent.json.*.tmp", ".looop"],
  ...["runs/*/.outcome.json.*.tmp", "runs/*"],
  "journal.md",
  ...[".state.json.*.tmp", "."],
  // The move.
  ...[".git/objects/*", ".git/refs/heads/main.lock"],
  // The intent is gone.
  ".looop",
];

Deno.test("a looop tick that makes a move makes each of its files and directories durable, in order", async () => {
  await using pulse = await cliPulse();
  await pulse.stop();
  await pulse.edit();
  const { durable } = await traceTick(pulse.home);
  // How many objects a commit has is git's own.
  assertEquals(durable.filter((path, i) => path !== durable[i - 1]), WHAT_A_MOVE_MAKES_DURABLE);
});

Deno.test("an idle looop tick makes nothing durable, and writes only snapshots, locks and what it was", async () => {
  await using pulse = await cliPulse({}, SENSOR);
  await pulse.stop();
  await pulse.edit();
  await traceTick(pulse.home);
  const { durable, written } = await traceTick(pulse.home);
  assertEquals(durable, []);
  assertEquals(written, [
    ".looop/.last_tick.json.*.tmp",
    ".looop/pulse.lock",
    "snapshots/today.json",
  ]);
});
