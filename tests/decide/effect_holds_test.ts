import { assertEquals } from "@std/assert";
import { effectHolds } from "../../src/decide/rules.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import { sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { World } from "../../src/schema/world.ts";

const at = "2026-11-23T09:00:00.000Z";
const ask: Ask = { id: "q1", kind: "question", question: "Ship?", asked_at: at, run_id: "r1" };
const worker: Worker = {
  ...{ id: "alive", generation: "1", started_at: at, runner: "pi", goal: null, run_id: null },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, flag: null, since: at, idle_s: 0 },
  verification: null,
};
const world: World = {
  at,
  workers: [worker, { ...worker, id: "ended", state: "done", alive: false, exit_code: 0 }],
  claims: [],
  schedules: [],
  playbook: { text: "be kind", digest: await sha256Hex("be kind") },
  goals: ["a", "last"].map((id) => parseGoal(id, "---\ngoal: x\n---\n", "")),
  readings: await Promise.all(["#!/bin/sh\n", "last"].map(async (script) => ({
    ...{ name: "git", file: script === "last" ? "last.sh" : "git.sh", at, trusted: true },
    ...{ ms: 1, bytes: 2, result: { ok: true, value: {} } },
    script: await sha256Hex(script),
  }))),
  asks: [ask, { ...ask, id: "w1", question: "Worker?", worker: "fix" }, {
    ...ask,
    id: "q2",
    question: "Old?",
    answer: { text: "yes", at },
  }],
};

const journal = "x";

Deno.test("effectHolds tells what a move would change", async () => {
  const moves: [Move, boolean][] = [
    [{ action: "noop", reason: "x", journal }, false],
    [{ action: "run", command: "ls", journal }, false],
    [{ action: "write_goal", id: "a", body: "---\ngoal: x\n---\n", journal }, true],
    [{ action: "write_goal", id: "a", body: "---\ngoal: y\n---\n", journal }, false],
    [{ action: "write_goal", id: "b", body: "---\ngoal: x\n---\n", journal }, false],
    [{ action: "archive_goal", id: "a", journal }, false],
    [{ action: "archive_goal", id: "b", journal }, true],
    [{ action: "write_sensor", name: "git.sh", script: "#!/bin/sh\n", journal }, true],
    [{ action: "write_sensor", name: "git.sh", script: "#!/bin/bash\n", journal }, false],
    [{ action: "write_sensor", name: "mail.sh", script: "#!/bin/sh\n", journal }, false],
    [{ action: "write_sensor", name: "git.ts", script: "#!/bin/sh\n", journal }, false],
    [{ action: "remove_sensor", name: "git.sh", journal }, false],
    [{ action: "remove_sensor", name: "mail", journal }, true],
    [{ action: "write_playbook", body: "be kind", journal }, true],
    [{ action: "write_playbook", body: "be swift", journal }, false],
    [{ action: "start_worker", id: "alive", prompt: "x", journal }, true],
    [{ action: "start_worker", id: "ended", prompt: "x", journal }, false],
    [{ action: "start_worker", id: "other", prompt: "x", journal }, false],
    [{ action: "stop_worker", id: "alive", reason: "x", journal }, false],
    [{ action: "stop_worker", id: "ended", reason: "x", journal }, true],
    [{ action: "stop_worker", id: "other", reason: "x", journal }, true],
    [{ action: "tell_worker", id: "alive", text: "x", journal }, false],
    [{ action: "tell_worker", id: "ended", text: "x", journal }, true],
    [{ action: "ask", question: "Ship?", journal }, true],
    [{ action: "ask", question: "Old?", journal }, false],
    [{ action: "ask", question: "Worker?", journal }, false],
  ];
  for (const [move, holds] of moves) {
    assertEquals(await effectHolds(move, world), holds, JSON.stringify(move));
  }
});
