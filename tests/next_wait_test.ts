import { assertEquals } from "@std/assert";
import { nextWait } from "../src/loop/backoff.ts";
import { DEFAULT_CONFIG } from "../src/profile/config.ts";
import type { Config } from "../src/schema/config.ts";
import type { Move } from "../src/schema/move.ts";
import type { TickResult } from "../src/schema/status.ts";
import { noop } from "./scripted_decider.ts";

const config: Config = {
  ...DEFAULT_CONFIG,
  interval: 60,
  busy_interval: 20,
  active_interval: 15,
  max_next_interval: 300,
};
const IDLE: TickResult = { outcome: "idle", hash: "h" };
const FAILED = { outcome: "failed" } as TickResult;

function moved(move: Move): TickResult {
  return { outcome: "moved", decision: { move } } as TickResult;
}

function run(next_interval_s?: number): TickResult {
  return moved({ action: "run", command: "true", journal: "ran", next_interval_s });
}

const rows: [title: string, result: TickResult | null, working: boolean, seconds: number][] = [
  ["is `interval` after an idle tick", IDLE, false, 60],
  ["is `active_interval` after an idle tick while a worker is alive", IDLE, true, 15],
  ["is `interval` without a result", null, false, 60],
  ["is `interval` after a noop", moved(noop()), false, 60],
  ["is `active_interval` after a noop while a worker is alive", moved(noop()), true, 15],
  ["is `busy_interval` after another move", run(), false, 20],
  ["is `busy_interval` after another move while a worker is alive", run(), true, 20],
  ["is the move's `next_interval_s`", run(120), false, 120],
  ["is the `next_interval_s` of a noop", moved(noop({ next_interval_s: 90 })), false, 90],
  ["is `next_interval_s` while a worker is alive", run(120), true, 120],
  ["raises `next_interval_s` to 5", run(4.9), false, 5],
  ["takes a `next_interval_s` of 5", run(5), false, 5],
  ["raises a `next_interval_s` of 0", run(0), false, 5],
  ["takes a `next_interval_s` of `max_next_interval`", run(300), false, 300],
  ["lowers `next_interval_s` to `max_next_interval`", run(301), false, 300],
];

for (const [title, result, working, seconds] of rows) {
  Deno.test(`nextWait ${title}`, () => {
    assertEquals(nextWait(result, config, 0, working), seconds);
  });
}

Deno.test("nextWait assumes that no worker is alive", () => {
  assertEquals(nextWait(IDLE, config, 0), 60);
});

Deno.test("nextWait doubles from 60 with each failure in a row up to 300, whatever the intervals", () => {
  const waits = [1, 2, 3, 4, 5, 50].map((failures) => nextWait(FAILED, config, failures, true));
  assertEquals(waits, [60, 120, 240, 300, 300, 300]);
  assertEquals(nextWait(run(10), config, 1), 60);
});
