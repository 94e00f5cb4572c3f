import { assertEquals } from "@std/assert";
import {
  type Iteration,
  type Listeners,
  nextTick,
  report,
  toError,
  untilSlot,
} from "../../src/loop/backoff.ts";
import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import type { Config } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE } from "../../src/schema/state.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
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

function approved(status: string): TickResult {
  const decision = { by: "approval", move: noop({ next_interval_s: 90 }) };
  return { outcome: "moved", decision, result: { status } } as TickResult;
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
  ["is 1 after an approved move", approved("made"), true, 1],
  ["is the move's after an approved one that failed", approved("failed"), true, 90],
  ["raises `next_interval_s` to 5", run(4.9), false, 5],
  ["takes a `next_interval_s` of 5", run(5), false, 5],
  ["raises a `next_interval_s` of 0", run(0), false, 5],
  ["takes a `next_interval_s` of `max_next_interval`", run(300), false, 300],
  ["lowers `next_interval_s` to `max_next_interval`", run(301), false, 300],
];

for (const [title, result, working, seconds] of rows) {
  Deno.test(`nextTick ${title}`, () => {
    const next = nextTick({ result, error: null, config, working }, 7);
    assertEquals(next, { waitS: seconds, failures: 0 });
  });
}

Deno.test("nextTick ends each wait at the next slot of a schedule", () => {
  for (const [result, untilSlotS, waitS] of [[IDLE, 12.5, 12.5], [IDLE, 61, 60]] as const) {
    const iteration = { result, error: null, config, working: false, untilSlotS };
    assertEquals(nextTick(iteration), { waitS, failures: 0 });
  }
  const failed = { result: FAILED, error: null, config, working: false, untilSlotS: 1 };
  assertEquals(nextTick(failed, 1), { waitS: 1, failures: 2 });
});

Deno.test("untilSlot counts to the earliest slot that is to come", () => {
  const now = new Date("2026-11-23T09:00:00Z");
  const records = (...times: (string | null)[]) => ({
    ...INITIAL_STATE,
    schedules: Object.fromEntries(
      times.map((next, i) => [`s${i}`, { digest: "", timing: "", handled: "", next }]),
    ),
  });
  const cases: [times: (string | null)[], seconds: number | null][] = [
    [[], null],
    [[null], null],
    [["2026-11-23T10:00:00Z", "2026-11-23T09:00:30.500Z", null], 30.5],
    // What is due waits for what keeps it from being handled, and must not make the pulse spin.
    [["2026-11-23T09:00:00Z", "2026-11-23T08:00:00Z"], null],
    [["2026-11-23T08:00:00Z", "2026-11-23T09:01:00Z"], 60],
  ];
  for (const [times, seconds] of cases) assertEquals(untilSlot(records(...times), now), seconds);
});

Deno.test("nextTick doubles from 60 with each failure in a row up to 300, whatever the intervals", () => {
  const failed: Iteration = { result: FAILED, error: null, config, working: true };
  const waits = [0, 1, 2, 3, 4, 49].map((failures) => nextTick(failed, failures).waitS);
  assertEquals(waits, [60, 120, 240, 300, 300, 300]);
  assertEquals(nextTick({ ...failed, result: run(10), error: new Error("x") }).waitS, 60);
});

Deno.test("nextTick counts failures in a row, failed decisions too", () => {
  const failed = { outcome: "failed" } as TickResult;
  let failures = 0;
  const all = [iteration("x"), iteration(null, failed), iteration("x", IDLE), iteration(null)];
  const counts = [...all, iteration("x")].map((each) =>
    failures = nextTick(each, failures).failures
  );
  assertEquals(counts, [1, 2, 3, 0, 1]);
});

function iteration(
  error: string | null,
  result: TickResult | null = error === null ? IDLE : null,
): Iteration {
  return { result, error: error === null ? null : new Error(error), config, working: false };
}

Deno.test("report reports an error once for as long as it lasts, and again when it comes back", async () => {
  const received: string[] = [];
  const listeners: Listeners = {
    onError: (error) => void received.push((error as Error).message),
  };
  let reported = "";
  const seen = async (error: string | null) => {
    reported = await report(iteration(error), 60, reported, listeners);
    return received.splice(0);
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

Deno.test("report reports the error of a listener, again after the next iteration if that fails too", async () => {
  const received: string[] = [];
  let isBroken = true;
  const listeners: Listeners = {
    onTick: () => {
      throw new Error("no screen");
    },
    onError: (error) => {
      if (isBroken) throw new Error("no screen either");
      received.push((error as Error).message);
    },
  };
  let reported = await report(iteration(null), 60, "", listeners);
  isBroken = false;
  reported = await report(iteration(null), 60, reported, listeners);
  await report(iteration(null), 60, reported, listeners);
  assertEquals(received, ["no screen"]);
});

Deno.test("report passes each result with the wait to onTick, and an error alone to onError", async () => {
  const received: unknown[] = [];
  const listeners: Listeners = {
    onTick: (result, waitS) => void received.push([result, waitS]),
    onError: (error, waitS) => void received.push([error, waitS]),
  };
  assertEquals(await report(iteration(null), 60, "old", listeners), "");
  const both = iteration("full", IDLE);
  assertEquals(await report(both, 30, "", listeners), "full");
  assertEquals(await report(iteration("gone"), 20, "", listeners), "gone");
  assertEquals(received.map((each) => (each as unknown[])[1]), [60, 30, 30, 20]);
  assertEquals(received.slice(0, 3), [[IDLE, 60], [IDLE, 30], [both.error, 30]]);
});

Deno.test("report without listeners has no one to tell, and waits for those that take time", async () => {
  assertEquals(await report(iteration(null), 60, "", {}), "");
  assertEquals(await report(iteration("full"), 60, "", {}), "full");
  const listeners: Listeners = { onTick: () => Promise.reject("no screen") };
  assertEquals(await report(iteration(null), 60, "", listeners), "no screen");
});

Deno.test("report repeats the last error where this one could not be reported", async () => {
  const listeners: Listeners = {
    onError: () => {
      throw new Error("no screen");
    },
  };
  assertEquals(await report(iteration("full"), 60, "read-only", listeners), "read-only");
});

Deno.test("toError keeps an error, and makes one of anything else", () => {
  const error = new TypeError("x");
  assertEquals(toError(error) === error, true);
  assertEquals([toError("x").message, toError(null).message], ["x", "null"]);
});
