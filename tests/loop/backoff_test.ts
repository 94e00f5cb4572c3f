import { assertEquals } from "@std/assert";
import { ErrorReporter, nextWait } from "../../src/loop/backoff.ts";
import type { Iteration } from "../../src/loop/pulse.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import type { Config } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import type { TickResult } from "../../src/schema/status.ts";
import { noop } from "../support/scripted_decider.ts";

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

const idle: TickResult = { outcome: "idle", hash: "0" };

function beat(
  error: string | null,
  result: TickResult | null = error === null ? idle : null,
): Iteration {
  return {
    result,
    error: error === null ? null : new Error(error),
    config: DEFAULT_CONFIG,
    working: false,
    surfaced: Promise.resolve(),
  };
}

Deno.test("ErrorReporter is told once for as long as it lasts, and again when it comes back", async () => {
  const told: string[] = [];
  const trouble = new ErrorReporter({
    onError: (error) => void told.push((error as Error).message),
  });
  const seen = async (error: string | null) => {
    await trouble.tell(beat(error), 60);
    return told.splice(0);
  };
  assertEquals(await seen("full"), ["full"]);
  assertEquals(await seen("full"), []);
  assertEquals(await seen("read-only"), ["read-only"]);
  assertEquals(await seen(null), []);
  assertEquals(await seen("read-only"), ["read-only"]);
  const [first, second] = ["runs/20261123t093012-1a2b3c4d/x", "runs/20261123t093112-5e6f7a8b/x"];
  assertEquals(await seen(first), [first]);
  assertEquals(await seen(second), []);
});

Deno.test("ErrorReporter of a listener is told as well, and who could not be told is told at the next beat", async () => {
  const told: string[] = [];
  let deaf = true;
  const trouble = new ErrorReporter({
    onTick: () => {
      throw new Error("no screen");
    },
    onError: (error) => {
      if (deaf) throw new Error("no screen either");
      told.push((error as Error).message);
    },
  });
  await trouble.tell(beat(null), 60);
  deaf = false;
  await trouble.tell(beat(null), 60);
  await trouble.tell(beat(null), 60);
  assertEquals(told, ["no screen"]);
});

Deno.test("ErrorReporter counts beats that went wrong in a row, failed decisions too", () => {
  const failed = { outcome: "failed" } as TickResult;
  const trouble = new ErrorReporter({});
  const beats = [beat("x"), beat(null, failed), beat("x", idle), beat(null), beat("x")];
  assertEquals(beats.map((each) => trouble.count(each)), [1, 2, 3, 0, 1]);
});
