import { assert, assertEquals } from "@std/assert";
import { checkMoveHere } from "../../src/decide/parse_move.ts";
import { findAsk } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import type { Ask } from "../../src/schema/ask.ts";
import { canonicalJson, sha256Hex } from "../../src/schema/json.ts";
import type { Move } from "../../src/schema/move.ts";
import type { World } from "../../src/schema/world.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("a decider in code may leave fields undefined, also in a move that needs a yes", async () => {
  await using profile = await tempProfile();
  const move = {
    action: "run",
    command: "touch a; touch b",
    journal: "x",
    more: undefined,
    goal: undefined,
  };
  const result = await tickOnce(profile, { decider: scripted(move as Move).decide });
  assert(result.outcome === "moved");
  assertEquals(result.result.status, "asked");
  const ask = await findAsk(profile, result.result.ask_id ?? "");
  assertEquals(ask?.approval?.move, { action: "run", command: "touch a; touch b", journal: "x" });
});

for (
  const [what, decide, why] of [
    ["throws", () => Promise.reject(new Error("boom")), "the decider threw: boom"],
    [
      "gives nothing",
      () => undefined,
      "the decider gave no valid move: not a valid move: must be an object; found nothing",
    ],
    [
      "gives what JSON cannot hold",
      () => ({ action: "noop", reason: 1n, journal: "x" }),
      "the decider gave no valid move: not a valid move: `reason` must be text; found 1",
    ],
  ] as [string, () => unknown, string][]
) {
  Deno.test(`a decider in code that ${what} is a failed decision`, async () => {
    await using profile = await tempProfile();
    const result = await tickOnce(profile, { decider: decide as () => Move });
    assert(result.outcome === "failed");
    assertEquals(result.error, { kind: "refused", message: why });
  });
}

const TOUCH: Move = { action: "run", command: "touch made", journal: "touched" };

async function approval(id: string, move: Move, answer?: Ask["answer"]): Promise<Ask> {
  return {
    id,
    kind: "approval",
    question: "May I?",
    asked_at: "2026-11-23T09:00:00.000Z",
    run_id: "r",
    approval: {
      move,
      move_sha256: await sha256Hex(canonicalJson(move)),
      digests: {},
      preview: "",
      expires_at: "2026-11-24T09:00:00.000Z",
    },
    answer,
  };
}

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
    workers: [],
    claims: [],
    playbook: { text: "p", digest: "d" },
    goals: [parseGoal("tea", "---\ngoal: Tea\n---\n", "d")],
    readings: [{
      name: "ci",
      file: "ci.sh",
      at: "t",
      trusted: true,
      script: "s",
      ms: 1,
      bytes: 1,
      result: { ok: false, error: "exit 3" },
    }],
    asks: [
      question,
      { ...question, id: "old", question: "Milk?", answer: { text: "no", at: "t" } },
      ...asks,
    ],
  };
}

const with_ = { journal: "x" };
for (
  const [move, why] of [
    [{ ...with_, action: "noop", reason: "r", goal: "tea" }, null],
    [
      { ...with_, action: "noop", reason: "r", goal: "coffee" },
      "goal: there is no goal coffee; there are: tea",
    ],
    [{ ...with_, action: "archive_goal", id: "tea" }, null],
    [{ ...with_, action: "archive_goal", id: "coffee" }, "there is no goal coffee to archive"],
    [{ ...with_, action: "remove_sensor", name: "ci.sh" }, null],
    [{ ...with_, action: "remove_sensor", name: "ci" }, "there is no sensor ci; there are: ci.sh"],
    [{ ...with_, action: "write_sensor", name: "a.ts", script: "x" }, null],
    [
      { ...with_, action: "write_sensor", name: "a.sh", script: "x" },
      "script: a sensor that is not .ts begins with a line such as #!/bin/sh",
    ],
    [
      { ...with_, action: "ask", question: "Tea?" },
      "that question is open already: wait for its answer",
    ],
    [{ ...with_, action: "ask", question: "Milk?" }, null],
    [
      { ...with_, action: "write_goal", id: "b", body: "no front matter" },
      `goals/b.md: line 1: found "no front matter", but front matter begins with a line of just ---`,
    ],
    [TOUCH, null],
  ] as [Move, string | null][]
) {
  Deno.test(`checkMoveHere says of ${JSON.stringify(move)}: ${why ?? "fine"}`, async () => {
    assertEquals(await checkMoveHere(world())(move), why);
  });
}

Deno.test("checkMoveHere refuses a move that waits for a yes already, however it is told", async () => {
  const check = checkMoveHere(world([await approval("a", TOUCH)]));
  const waits = "that move waits for the person's yes already";
  assertEquals(await check({ ...TOUCH, journal: "in other words" }), waits);
  assertEquals(await check({ ...TOUCH, command: "touch other" } as Move), null);
  const answered = await approval("a", TOUCH, { text: "no", at: "t" });
  assertEquals(await checkMoveHere(world([answered]))(TOUCH), null);
});
