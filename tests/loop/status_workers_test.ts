import { assertEquals, assertMatch } from "@std/assert";
import { listFleet, summarizeWorker, workerAttention } from "../../src/loop/fleet.ts";
import { readStatus } from "../../src/loop/status.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { WorkerSummary } from "../../src/schema/status.ts";
import { localTime } from "../../src/schema/text.ts";
import type { Worker } from "../../src/schema/worker.ts";
import { tempProfile } from "../support/temp_profile.ts";

const AT = "2026-11-23T09:00:00.000Z";

const RUNNING: Worker = {
  ...{ id: "fix", generation: "g2", started_at: AT, runner: "sh", goal: "tea", run_id: "r" },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, flag: null, since: AT, idle_s: 7 },
  verification: null,
};
const ENDED: Worker = { ...RUNNING, alive: false, idle_s: null, exit_code: 0, state: "done" };
const SUMMARY: WorkerSummary = {
  ...{ id: "fix", state: "running", alive: true, exit_code: null, flagged: false, note: null },
  ...{ since: AT, started_at: AT, idle_s: 7, runner: "sh", goal: "tea", verified: null },
};
const DONE: WorkerSummary = { ...SUMMARY, state: "done", alive: false, exit_code: 0, idle_s: null };

function ask(question: string, more: Partial<Ask> = {}): Ask {
  return {
    ...{ id: question, kind: "question", question, asked_at: AT, run_id: "g2", worker: "fix" },
    ...more,
  };
}

const ANSWER = { text: "yes", at: AT };
const OTHERS = [
  ask("other", { worker: "other" }),
  ask("older", { run_id: "g1" }),
  ask("answered", { answer: ANSWER }),
  ask("closed", { closed_by: "r" }),
];
const passed = { passed: true, exit_code: 0, output_tail: "" };
const denied = { passed: false, exit_code: 3, output_tail: "" };
const ORPHANED = "still runs, but without a terminal: its tmux server died";

const rows: [title: string, Worker, Ask[], WorkerSummary][] = [
  ["running, with asks that are not its own or not open", RUNNING, OTHERS, SUMMARY],
  ["waiting for the first answer", { ...RUNNING, state: "waiting" }, [
    ...OTHERS,
    ask("Tea?"),
    ask("Milk?"),
  ], { ...SUMMARY, state: "waiting", flagged: true, note: "Tea?" }],
  [
    "running with a flag, whose note goes before a question",
    { ...RUNNING, flag: { note: "look", at: AT } },
    [ask("Tea?")],
    { ...SUMMARY, flagged: true, note: "look" },
  ],
  [
    "running with a flag without a note",
    { ...RUNNING, flag: { note: "", at: AT } },
    [],
    { ...SUMMARY, flagged: true },
  ],
  [
    "orphaned",
    { ...RUNNING, state: "orphaned" },
    [],
    { ...SUMMARY, state: "orphaned", note: ORPHANED },
  ],
  [
    "resuming",
    { ...RUNNING, state: "resuming", idle_s: null, until: AT },
    [],
    {
      ...{ ...SUMMARY, state: "resuming", idle_s: null, until: AT },
      note: `its session ended unexpectedly; continues at ${localTime(new Date(AT))}`,
    },
  ],
  ["done, whatever its flag and asks", { ...ENDED, flag: { note: "look", at: AT } }, [
    ask("Tea?"),
  ], DONE],
  [
    "stopped by looop",
    { ...ENDED, state: "killed", exit_code: 137, why: "over its budget" },
    [],
    { ...DONE, state: "killed", exit_code: 137, why: "over its budget", note: "over its budget" },
  ],
  [
    "killed by the user",
    { ...ENDED, state: "killed", exit_code: 137 },
    [],
    { ...DONE, state: "killed", exit_code: 137, note: "ended by looop kill" },
  ],
  [
    "lost",
    { ...ENDED, state: "lost", exit_code: null },
    [],
    { ...DONE, state: "lost", exit_code: null, note: "ended unexpectedly (crash or reboot)" },
  ],
  [
    "failed",
    { ...ENDED, state: "failed", exit_code: 2, verify: "ls" },
    [],
    { ...DONE, state: "failed", exit_code: 2, note: "exit status 2", verified: false },
  ],
  [
    "done and not verified yet",
    { ...ENDED, verify: "ls" },
    [],
    { ...DONE, note: "done, not verified yet", verified: false },
  ],
  [
    "done and verified",
    { ...ENDED, verify: "ls", verification: passed },
    [],
    { ...DONE, note: "verified", verified: true },
  ],
  [
    "done and refuted",
    { ...ENDED, verify: "ls", verification: denied },
    [],
    { ...DONE, note: "done, but its verify failed: exit status 3", verified: false },
  ],
];

for (const [title, worker, asks, summary] of rows) {
  Deno.test(`summarizeWorker of one that is ${title}`, () => {
    assertEquals(summarizeWorker(worker, asks), summary);
  });
}

const LONG = "x".repeat(300);
const CUT = `${"x".repeat(199)}…`;

const lines: [Partial<WorkerSummary>, Ask[], string | null][] = [
  [{}, [], null],
  [{ state: "waiting" }, OTHERS.slice(0, 1), "looop attach fix: waits for you"],
  [
    { state: "waiting", note: LONG },
    [],
    `looop attach fix: waits for you: worker fix says: ${CUT}`,
  ],
  [{ state: "waiting", note: "Tea?" }, [...OTHERS.slice(0, 1), ask("Tea?")], null],
  [
    { state: "stuck", idle_s: 1200 },
    [],
    "looop attach fix: has printed nothing for 20 min and asked nothing",
  ],
  [{ state: "orphaned", note: LONG }, [], `looop continue fix, looop kill fix: ${CUT}`],
  [
    { state: "orphaned", note: "kill it", flagged: true },
    [],
    "looop continue fix, looop kill fix: says: kill it",
  ],
  [{ state: "done", verified: null }, [], null],
  [{ state: "done", verified: true }, [], null],
  [{ state: "done", verified: false, note: "denied" }, [], "looop logs fix: denied"],
  [{ state: "failed", note: "exit status 1" }, [], null],
  [{ state: "killed", why: "over its budget" }, [], "looop logs fix: over its budget"],
  [{ state: "killed", note: "ended by looop kill" }, [], null],
  [{ state: "lost", note: "n" }, [], null],
];

for (const [more, open, line] of lines) {
  Deno.test(`workerAttention to ${JSON.stringify(more).slice(0, 60)}, ${open.length} asks`, () => {
    assertEquals(workerAttention({ ...SUMMARY, ...more }, open), line);
  });
}

/** The files of a worker that has ended with an exit status. */
function ended(id: string, generation: string, exit_code: number, dir = id) {
  const { state: _, alive, exit_code: __, flag, since, idle_s, verification, ...record } = RUNNING;
  void [alive, flag, since, idle_s, verification];
  return {
    [`workers/${dir}/worker.json`]: JSON.stringify({ ...record, id, generation }),
    [`workers/${dir}/exit.json`]: JSON.stringify({ exit_code, at: AT, how: "exited" }),
  };
}

Deno.test("listFleet has archived workers only on request, the oldest first and before the others", async () => {
  await using profile = await tempProfile({
    files: {
      ...ended("new", "g3", 1),
      ...ended("a", "g2", 0, "ended/a.g2"),
      ...ended("b", "g1", 0, "ended/b.g1"),
    },
  });
  const ids = (fleet: WorkerSummary[]) => fleet.map(({ id }) => id);
  assertEquals(ids(await listFleet(profile)), ["new"]);
  assertEquals(ids(await listFleet(profile, true)), ["b", "a", "new"]);
});

Deno.test("readStatus lists workers, and what the user should do about them", async () => {
  await using profile = await tempProfile({
    config: { runner: "none" },
    files: {
      ...ended("fix", "g2", 0),
      "workers/fix/verification.json": JSON.stringify(denied),
      ...ended("other", "g3", 1),
    },
  });
  const record = JSON.parse(await profile.read("workers/fix/worker.json"));
  await profile.write("workers/fix/worker.json", JSON.stringify({ ...record, verify: "ls" }));
  const { workers, attention, budget } = await readStatus(profile);
  assertEquals(workers.map(({ id, state }) => [id, state]), [["fix", "done"], ["other", "failed"]]);
  assertEquals(attention, ["looop logs fix: done, but its verify failed: exit status 3"]);
  assertEquals(budget.workers_alive, 0);
});

Deno.test("readStatus reports that it cannot tell which workers are alive, and the rest", async () => {
  const { "workers/fix/worker.json": record } = ended("fix", "g2", 0);
  await using profile = await tempProfile({
    config: { runner: "none" },
    env: { PATH: "/nowhere" },
    files: { "workers/fix/worker.json": record },
  });
  const { workers, attention, budget } = await readStatus(profile);
  assertEquals([workers, budget.workers_alive, attention.length], [[], 0, 1]);
  assertMatch(attention[0], /tmux|ps/);
});
