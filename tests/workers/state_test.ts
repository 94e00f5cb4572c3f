import { assertEquals } from "@std/assert";
import type { Ask } from "../../src/schema/ask.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { WorkerFacts } from "../../src/workers/files.ts";
import {
  endedWorker,
  liveWorker,
  lostEnd,
  STUCK_MS,
  type WorkerSigns,
} from "../../src/workers/state.ts";

const STARTED = "2026-11-23T09:00:00.000Z";
const PRINTED = "2026-11-23T10:00:00.000Z";
const printedAt = Date.parse(PRINTED);
const flag = { note: "look", at: "2026-11-23T09:50:00.000Z" };

function facts(more: Partial<WorkerFacts> = {}): WorkerFacts {
  const record = {
    ...{ id: "fix-ci", generation: "g1", started_at: STARTED, runner: "sh", goal: null },
    ...{ run_id: null, verify: null, verify_access: NO_ACCESS, wrapper: null },
    sandbox: "none",
  } as const;
  const none = { end: null, killing: null, verification: null, resumption: null };
  return { record, ...none, printedAt, ...more };
}

function ask(id: string, asked_at: string): Ask {
  return { id, kind: "question", question: "q", asked_at, run_id: "g1", worker: "fix-ci" };
}

/** The signs of a worker that printed its last line one minute ago. */
function signs(more: Partial<WorkerSigns> = {}): WorkerSigns {
  const now = printedAt + 60_000;
  return { session: true, process: true, resuming: false, flag: null, asks: [], now, ...more };
}

const asks = [
  ask("a1", "2026-11-23T09:58:00.000Z"),
  ask("a2", "2026-11-23T09:55:00.000Z"),
  ask("a3", "2026-11-23T09:57:00.000Z"),
];
const older = ask("a0", "2026-11-23T09:40:00.000Z");
const silent = facts({ printedAt: null });

const gone = { session: false, process: false };
const later = (ms: number) => signs({ now: printedAt + ms });

/** The state that is expected, its `since` and its `idle_s`. */
type Expected = [state: Worker["state"], since: string, idle_s: number | null];

const rows: [title: string, facts: WorkerFacts, signs: WorkerSigns, expected: Expected][] = [
  ["is running since its start", facts(), signs(), ["running", STARTED, 60]],
  ["runs with a session alone", facts(), signs({ process: false }), ["running", STARTED, 60]],
  ["waits since its earliest ask", facts(), signs({ asks }), ["waiting", asks[1].asked_at, 60]],
  ["waits since its flag, not an older ask", facts(), signs({ flag, asks: [older] }), [
    "waiting",
    flag.at,
    60,
  ]],
  ["waits, also after a long silence", facts(), { ...later(2 * STUCK_MS), flag }, [
    "waiting",
    flag.at,
    1800,
  ]],
  ["runs just before 15 minutes of silence", facts(), later(899_999), ["running", STARTED, 899]],
  ["is stuck after 15 minutes, since its output", facts(), later(900_000), ["stuck", PRINTED, 900]],
  ["is stuck since its start without output", silent, signs(), ["stuck", STARTED, 3660]],
  ["runs after the clock was set back", facts(), later(-18_000_000), ["running", STARTED, 0]],
  ["is orphaned without a session, since its output", facts(), signs({ session: false, flag }), [
    "orphaned",
    PRINTED,
    60,
  ]],
  ["is lost without a process, since its output", facts(), signs(gone), ["lost", PRINTED, null]],
  ["is lost since its start without output", silent, signs(gone), ["lost", STARTED, null]],
];

for (const [title, its, seen, [state, since, idle_s]] of rows) {
  Deno.test(`liveWorker ${title}`, () => {
    const worker = liveWorker(its, seen);
    assertEquals(
      [worker.state, worker.since, worker.idle_s, worker.alive, worker.exit_code],
      [state, since, idle_s, state !== "lost", null],
    );
    assertEquals([worker.flag, worker.verification], [seen.flag, null]);
    assertEquals({ ...worker, ...its.record }, worker);
  });
}

Deno.test("liveWorker of a gone worker that wrote its end gives that end", () => {
  const end = { exit_code: 3, at: "2026-11-23T10:00:30.000Z", how: "exited" } as const;
  const worker = liveWorker(facts({ end }), signs(gone));
  assertEquals([worker.state, worker.since, worker.exit_code], ["failed", end.at, 3]);
});

Deno.test("liveWorker ignores an end while the worker is alive", () => {
  const end = { exit_code: 0, at: PRINTED, how: "exited" } as const;
  assertEquals(liveWorker(facts({ end }), signs()).state, "running");
});

Deno.test("endedWorker is done with status 0, failed with another, and lost without an end", () => {
  const at = "2026-11-23T11:00:00.000Z";
  const verification = { passed: true, exit_code: 0, output_tail: "" };
  const ended = (exit_code: number | null, how: "exited" | "killed" | "lost", why?: string) => {
    const end = why === undefined ? { exit_code, at, how } : { exit_code, at, how, why };
    const worker = endedWorker(facts({ verification }), end, flag);
    assertEquals([worker.alive, worker.idle_s, worker.since], [false, null, at]);
    assertEquals([worker.flag, worker.verification], [flag, verification]);
    assertEquals({ ...worker, ...facts().record }, worker);
    return [worker.state, worker.exit_code, worker.why ?? null, "why" in worker];
  };
  assertEquals(ended(0, "exited"), ["done", 0, null, false]);
  assertEquals(ended(1, "exited"), ["failed", 1, null, false]);
  assertEquals(ended(null, "killed", "over budget"), ["failed", null, "over budget", true]);
  assertEquals(ended(null, "lost"), ["lost", null, null, false]);
  assertEquals(ended(0, "lost"), ["lost", 0, null, false]);
});

Deno.test("lostEnd is at the last output, or at the start where there was none", () => {
  assertEquals(lostEnd(facts()), { exit_code: null, at: PRINTED, how: "lost" });
  assertEquals(lostEnd(silent), { exit_code: null, at: STARTED, how: "lost" });
});
