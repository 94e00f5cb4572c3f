import { assertEquals } from "@std/assert";
import { nextState } from "../../src/log/next_state.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import { intentOf, NOOP } from "./intent_of.ts";

const RUN: Move = { action: "run", command: "ls", journal: "listed" };
const MADE: Outcome = { status: "made", summary: "exit 0", paths: [] };
const BEFORE: State = {
  ...INITIAL_STATE,
  baseline: { old: { sha256: "0", was: "o" } },
  last_run: { run_id: "r", command: "ls", exit_code: 0, output_tail: "" },
};

Deno.test("nextState after the end of a goal leaves all else as it was", () => {
  const record = { since: "s", turn: null };
  const before: State = {
    ...BEFORE,
    ...{ again: true, tainted: true, noop_at: "n" },
    goals: { tea: record, bread: record },
  };
  const move: Move = {
    action: "archive_goal",
    id: "tea",
    journal: "done",
    goal: "tea",
    more: false,
  };
  const baseline = { "goal:tea": { sha256: "1", was: "g" }, "sensor:a": { sha256: "2", was: "a" } };
  const intent = intentOf(move, { by: "rule", source: "tea/done", ends: true, baseline });
  const { baseline: next, goals, fired, ...rest } = nextState(before, intent, MADE, {
    "goal:tea": null,
  });
  assertEquals(next, { "sensor:a": { sha256: "2", was: "a" } });
  assertEquals([goals, fired], [{ bread: record }, intent.fired ?? {}]);
  const { baseline: _b, goals: _g, fired: _f, ...same } = before;
  assertEquals(rest, same);
});

Deno.test("nextState notes the goals of the decided world, and the move that one had", () => {
  const entry = { sha256: "1", was: "g" };
  const baseline = { "goal:tea": entry, "goal:new": entry };
  const at = intentOf().at;
  const goals = { tea: { since: "s", turn: "t" }, gone: { since: "s", turn: null } };
  const after = (move: Move, outcome = MADE) =>
    nextState({ ...BEFORE, goals }, intentOf(move, { baseline }), outcome, {}).goals;
  const fresh = { since: at, turn: null };
  assertEquals(after({ ...NOOP, goal: "tea" }), { tea: { since: "s", turn: at }, new: fresh });
  assertEquals(after({ ...RUN, goal: "tea" }), {
    tea: { since: "s", turn: at, moved: at },
    new: fresh,
  });
  assertEquals(after({ ...RUN, goal: "new" }).new, { since: at, turn: at, moved: at });
  for (const status of ["failed", "denied"] as const) {
    assertEquals(after({ ...RUN, goal: "tea" }, { ...MADE, status }).tea, goals.tea);
  }
  assertEquals(after({ ...RUN, goal: "other" }), { tea: goals.tea, new: fresh });
});
