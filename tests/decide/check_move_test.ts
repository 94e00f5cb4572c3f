import { assert, assertEquals } from "@std/assert";
import { checkMove, checkMoveHere } from "../../src/decide/parse_move.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Move } from "../../src/schema/move.ts";
import type { Worker } from "../../src/schema/worker.ts";
import type { World } from "../../src/schema/world.ts";
import { approvalAsk } from "./approval_ask.ts";

const MOVE = { action: "noop", reason: "all is well", journal: "looked" } as const;
const TOUCH: Move = { action: "run", command: "touch made", journal: "touched" };

const worker: Worker = {
  ...{ id: "fix", generation: "1", started_at: "t", runner: "pi", goal: null, run_id: null },
  ...{ verify: null, verify_access: NO_ACCESS, sandbox: "none", wrapper: null },
  ...{ state: "running", alive: true, exit_code: null, flag: null, since: "t", idle_s: 0 },
  verification: null,
};

function world(asks: Ask[] = []): World {
  const question = {
    id: "q",
    kind: "question",
    question: "Tea?",
    asked_at: "t",
    run_id: "r",
  } as const;
  return {
    at: "t",
    workers: [worker, { ...worker, id: "old", state: "done", alive: false }],
    claims: [],
    schedules: [],
    playbook: { text: "p", digest: "d" },
    goals: ["tea", "bread"].map((id) => parseGoal(id, "---\ngoal: x\n---\n", "d")),
    readings: ["ci.sh", "mail.ts", ""].map((file) => ({
      ...{ name: file.slice(0, -3) || "code", file, at: "t", trusted: true, script: "s" },
      ...{ ms: 1, bytes: 1, result: { ok: false, error: "exit 3" } },
    })),
    asks: [
      question,
      { ...question, id: "old", question: "Milk?", answer: { text: "no", at: "t" } },
      { ...question, id: "w1", question: "Worker?", worker: "fix" },
      ...asks,
    ],
  };
}

const with_ = { journal: "x" };
const MASK = "[masked API_KEY]";
for (
  const [move, why] of [
    [{ ...with_, action: "noop", reason: "r", goal: "tea" }, null],
    [
      { ...with_, action: "noop", reason: "r", goal: "coffee" },
      "there is no goal `coffee` (there are tea, bread)",
    ],
    [{ ...with_, action: "archive_goal", id: "tea" }, null],
    [
      { ...with_, action: "archive_goal", id: "coffee" },
      "there is no goal `coffee` (there are tea, bread)",
    ],
    [{ ...with_, action: "remove_sensor", name: "ci.sh" }, null],
    [
      { ...with_, action: "remove_sensor", name: "ci" },
      "there is no sensor `ci` (there are ci.sh, mail.ts)",
    ],
    [{ ...with_, action: "write_sensor", name: "a.ts", script: "x" }, null],
    [
      { ...with_, action: "write_sensor", name: "a.sh", script: "x" },
      "line 1: a sensor other than .ts must begin with a line such as #!/bin/sh",
    ],
    [
      { ...with_, action: "ask", question: "Tea?" },
      "the question is already open; wait for its answer",
    ],
    [{ ...with_, action: "ask", question: "Milk?" }, null],
    [{ ...with_, action: "ask", question: "Worker?" }, null],
    [
      { ...with_, action: "write_goal", id: "b", body: "no front matter" },
      `goals/b.md: line 1: found "no front matter", but front matter begins with a line of just ---`,
    ],
    [TOUCH, null],
    [{ ...with_, action: "start_worker", id: "new", prompt: "x" }, null],
    [{ ...with_, action: "start_worker", id: "old", prompt: "x" }, null],
    [
      { ...with_, action: "start_worker", id: "fix", prompt: "x" },
      "worker `fix` is already running",
    ],
    [{ ...with_, action: "stop_worker", id: "fix", reason: "r" }, null],
    [
      { ...with_, action: "stop_worker", id: "old", reason: "r" },
      "no worker `old` is running (there are fix)",
    ],
    [{ ...with_, action: "tell_worker", id: "fix", text: "x" }, null],
    [
      { ...with_, action: "tell_worker", id: "old", text: "x" },
      "no worker `old` is running (there are fix)",
    ],
    [
      { ...with_, action: "write_playbook", body: `key: ${MASK}` },
      `it contains ${MASK}, which hides a secret; leave that file to the user`,
    ],
    [
      { ...with_, action: "write_goal", id: "b", body: `---\ngoal: ${MASK}\n---\n` },
      `it contains ${MASK}, which hides a secret; leave that file to the user`,
    ],
    [
      { ...with_, action: "write_sensor", name: "a.sh", script: `#!/bin/sh\necho ${MASK}\n` },
      `it contains ${MASK}, which hides a secret; leave that file to the user`,
    ],
    [{ ...with_, action: "run", command: `echo ${MASK}` }, null],
  ] as [Move, string | null][]
) {
  Deno.test(`checkMoveHere says of ${JSON.stringify(move)}: ${why ?? "fine"}`, async () => {
    assertEquals(await checkMoveHere(world())(move), why);
  });
}

Deno.test("checkMoveHere says that there are none where there are none", async () => {
  const empty = { ...world(), goals: [], workers: [] };
  const why = (move: Move) => checkMoveHere(empty)(move);
  assertEquals(
    await why({ ...with_, action: "archive_goal", id: "tea" }),
    "there is no goal `tea` (there are none)",
  );
  assertEquals(
    await why({ ...with_, action: "stop_worker", id: "fix", reason: "r" }),
    "no worker `fix` is running (there are none)",
  );
});

Deno.test("checkMoveHere takes moves without a goal, and for the archived goal that is decided for", async () => {
  const only = parseGoal("gone", "---\ngoal: x\n---\n", "d");
  const check = checkMoveHere(world(), { only });
  const noop: Move = { ...with_, action: "noop", reason: "r" };
  assertEquals(await check(noop), null);
  assertEquals(await check({ ...noop, goal: "gone" }), null);
  assertEquals(await check({ ...noop, goal: "tea" }), null);
  assertEquals(
    await check({ ...noop, goal: "coffee" }),
    "there is no goal `coffee` (there are tea, bread)",
  );
});

Deno.test("checkMoveHere rejects a move that already waits for approval, whatever its journal line", async () => {
  const check = checkMoveHere(world([await approvalAsk("a", TOUCH)]));
  const waits = "this move already waits for the user's approval";
  assertEquals(await check({ ...TOUCH, journal: "in other words" }), waits);
  assertEquals(await check({ ...TOUCH, command: "touch other" } as Move), null);
  const answered = await approvalAsk("a", TOUCH, { answer: { text: "no", at: "t" } });
  assertEquals(await checkMoveHere(world([answered]))(TOUCH), null);
});

Deno.test("checkMove holds each field to its size", async () => {
  const sized = (size: number) => checkMove({ ...MOVE, journal: "j".repeat(size) });
  assertEquals([(await sized(500)).ok, (await sized(501)).ok], [true, false]);
  const body = (size: number) =>
    checkMove({ action: "write_playbook", body: "b".repeat(size), journal: "x" });
  assertEquals([(await body(65_536)).ok, (await body(65_537)).ok], [true, false]);
});

Deno.test("checkMove refuses objects that cannot be turned into a number or a text", () => {
  const odd = { length: { toString: null }, toString: 1, valueOf: 2 };
  for (const move of [{ ...MOVE, journal: odd }, { ...MOVE, reason: odd }, { ...MOVE, id: odd }]) {
    const parsed = checkMove(move);
    assert(!parsed.ok && parsed.why.startsWith("not a valid move: "), JSON.stringify(parsed));
  }
});

Deno.test("checkMove refuses an object from code that throws when it is read", () => {
  const fail = () => {
    throw new Error("boom");
  };
  for (
    const data of [
      new Proxy({}, { get: fail, has: fail }),
      Object.defineProperty({ ...MOVE }, "reason", { get: fail }),
    ]
  ) {
    assertEquals(checkMove(data), { ok: false, why: "cannot check the move: boom" });
  }
});
