import { assertEquals } from "@std/assert";
import { journalText } from "../../src/log/log.ts";
import { nextState, park, parkedUntil } from "../../src/log/next_state.ts";
import type { DecideError, Intent, Outcome } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import { intentOf, NOOP } from "./intent_of.ts";

const RUN: Move = { action: "run", command: "ls", journal: "listed" };
const MADE: Outcome = { status: "made", summary: "exit 0", paths: [] };
const RULE: Partial<Intent> = { by: "rule", source: "tea/rule-1" };
const FAILED: Outcome = { status: "failed", summary: "gone", paths: [] };
const BEFORE: State = {
  ...INITIAL_STATE,
  baseline: { old: { sha256: "0", was: "o" } },
  failure: { world: "w", count: 2, why: "why", at: "t" },
  parked: { kind: "failures", why: "why", world: "w", config: "c" },
  last_run: { run_id: "r", command: "ls", exit_code: 0, output_tail: "" },
};

Deno.test("nextState after a noop takes over the decided world, and forgets failures", () => {
  assertEquals(nextState(BEFORE, intentOf(), MADE, {}), {
    version: 1,
    baseline: { playbook: { sha256: "1", was: "p" } },
    again: false,
    schedules: {},
    fired: { "tea/rule-1": "d" },
    failure: null,
    parked: null,
    set_aside: [],
    last_run: null,
    tainted: false,
    decided_at: "2026-11-23T09:30:00.000Z",
    noop_at: "2026-11-23T09:30:00.000Z",
    opaque_sensors: [],
    goals: {},
  });
});

Deno.test("nextState replaces only what the move itself wrote", () => {
  const goal = { sha256: "2", was: "g" };
  assertEquals(
    nextState(BEFORE, intentOf(), MADE, { "goal:tea": goal, playbook: null }).baseline,
    { "goal:tea": goal },
  );
});

Deno.test("nextState looks again after a move, unless it says that this is all", () => {
  const again = (move: Move, more = {}, outcome = MADE, before = BEFORE) =>
    nextState(before, intentOf(move, more), outcome, {}).again;
  assertEquals([again(RUN), again({ ...RUN, more: false }), again(NOOP)], [true, false, false]);
  assertEquals(again({ ...NOOP, more: true }), false);
  const interrupted: Outcome = { ...MADE, status: "interrupted" };
  assertEquals(again({ ...RUN, more: false }, {}, interrupted), true);
  // A forced one has seen no world: it leaves open what was open.
  const forced = { baseline: null };
  assertEquals(again(NOOP, forced), false);
  assertEquals(again(NOOP, forced, MADE, { ...BEFORE, again: true }), true);
  assertEquals(again(NOOP, { ...forced, by: "approval" }, MADE, { ...BEFORE, again: true }), false);
});

Deno.test("nextState keeps a forced or approved move's hands off baseline and fired rules", () => {
  const { baseline, fired } = nextState(
    { ...BEFORE, fired: { "a/b": "c" } },
    intentOf(NOOP, { baseline: null, fired: null }),
    MADE,
    {},
  );
  assertEquals([baseline, fired], [BEFORE.baseline, { "a/b": "c" }]);
});

Deno.test("nextState shows the next decision what a command gave", () => {
  const last = (outcome: Partial<Outcome>, then: "allow" | "ask" = "allow") =>
    nextState(
      BEFORE,
      intentOf(RUN, { verdict: { then, rule: "r", why: "" } }),
      { ...MADE, exit_code: 1, output_tail: "x", ...outcome },
      {},
    ).last_run;
  const run = { run_id: "20261123t093000-deadbeef", command: "ls", exit_code: 1, output_tail: "x" };
  assertEquals(last({}), run);
  assertEquals(last({ status: "interrupted" }), { ...run, exit_code: null });
  assertEquals(last({ status: "asked" }, "ask"), null);
});

Deno.test("nextState has no last command where none was run, and no result where none is known", () => {
  const last = (move: Move, more: Partial<Intent>, outcome: Outcome) =>
    nextState(BEFORE, intentOf(move, more), outcome, {}).last_run;
  const run = { run_id: "20261123t093000-deadbeef", command: "ls", exit_code: null };
  assertEquals(last(RUN, {}, MADE), { ...run, output_tail: "" });
  assertEquals(last(NOOP, {}, { ...MADE, exit_code: 0 }), null);
  assertEquals(last(RUN, {}, { ...FAILED, exit_code: 1 }), null);
  const denied: Intent["verdict"] = { then: "deny", rule: "r", why: "" };
  assertEquals(last(RUN, { verdict: denied }, { ...FAILED, status: "denied" }), null);
});

const NO_MORE: Move = { ...NOOP, more: false };
const OLD = "2026-11-22T00:00:00.000Z";
const AT = intentOf().at;

const noops: [title: string, Move, Partial<Intent>, Outcome, noop_at: string | null][] = [
  ["the time of a runner's noop", NOOP, {}, MADE, AT],
  ["the time of a noop of a decider in code", NOOP, { by: "code" }, MADE, AT],
  ["the time of a noop that wants more", { ...NOOP, more: true }, {}, MADE, AT],
  ["none after a noop that says that this is all", NO_MORE, {}, MADE, null],
  ["none after a rule's noop", NOOP, { by: "rule" }, MADE, null],
  ["none after an approved move", RUN, { by: "approval", baseline: null }, MADE, null],
  ["none after another move", RUN, {}, MADE, null],
  ["none after a noop that failed", NOOP, {}, FAILED, null],
  ["the older time after a forced noop", NOOP, { baseline: null }, MADE, OLD],
  ["the older time after a forced move", RUN, { baseline: null }, MADE, OLD],
];

for (const [title, move, more, outcome, expected] of noops) {
  Deno.test(`nextState has as noop_at ${title}`, () => {
    const state = nextState({ ...BEFORE, noop_at: OLD }, intentOf(move, more), outcome, {});
    assertEquals(state.noop_at, expected);
  });
}

Deno.test("nextState decides again after a forced command alone, unless it says that this is all", () => {
  const again = (move: Move, outcome = MADE) =>
    nextState(BEFORE, intentOf(move, { baseline: null }), outcome, {}).again;
  assertEquals([again(RUN), again({ ...RUN, more: false })], [true, false]);
  const write: Move = { action: "archive_goal", id: "tea", journal: "done" };
  assertEquals(again(write), false);
  assertEquals(again(write, { ...MADE, status: "interrupted" }), true);
});

Deno.test("nextState decides again after a denied move, and leaves the baseline", () => {
  const denied: Outcome = { status: "denied", summary: "never", paths: [] };
  const before = { ...BEFORE, failure: { world: "w", count: 1, why: "why", at: "t" } };
  const state = nextState(before, intentOf(NO_MORE), denied, { playbook: null });
  // It was decided, so the parking was over.
  assertEquals([state.again, state.baseline, state.parked], [true, BEFORE.baseline, null]);
  assertEquals(state.failure, {
    ...{ world: "w", count: 2, moves: true, why: "noop denied: never", at: AT, since: "t" },
  });
  const forced = nextState(before, intentOf(NO_MORE, { baseline: null }), denied, {});
  assertEquals(forced.parked, BEFORE.parked);
});

for (const status of ["denied", "failed"] as const) {
  Deno.test(`nextState sets a change aside at the third move on it that was ${status}, and parks nothing`, () => {
    const outcome: Outcome = { status, summary: "never", paths: [] };
    const state = nextState(BEFORE, intentOf(), outcome, {});
    assertEquals([state.again, state.failure, state.parked], [false, null, null]);
    assertEquals(state.baseline, intentOf().baseline);
    // An approved or forced move was not decided on the world: that is still to be decided.
    const forced = nextState(BEFORE, intentOf(NOOP, { baseline: null }), outcome, {});
    assertEquals([forced.again, forced.failure, forced.baseline], [true, null, BEFORE.baseline]);
  });

  Deno.test(`nextState does not count the move of a rule that was ${status}: the rest is decided`, () => {
    const outcome: Outcome = { status, summary: "never", paths: [] };
    const state = nextState(BEFORE, intentOf(NOOP, RULE), outcome, {});
    assertEquals([state.again, state.failure, state.baseline], [
      ...[true, BEFORE.failure, BEFORE.baseline],
    ]);
  });
}

Deno.test("nextState has no baseline after a forced first move, whatever that wrote", () => {
  const written = { "goal:tea": { sha256: "2", was: "g" } };
  const intent = intentOf(NOOP, { baseline: null });
  assertEquals(nextState(INITIAL_STATE, intent, MADE, written).baseline, null);
});

Deno.test("nextState remembers taint as long as something is left of it", () => {
  const tainted = (move: Move, more: Partial<Intent>, outcome = MADE, before = INITIAL_STATE) =>
    nextState(before, intentOf(move, more), outcome, {}).tainted;
  const ask: Move = { action: "ask", question: "Tea?", journal: "asked", more: true };
  const yes = { tainted: true };
  assertEquals([tainted(ask, {}), tainted(ask, yes)], [false, true]);
  assertEquals([tainted(NOOP, yes), tainted({ ...ask, more: false }, yes)], [false, false]);
  assertEquals([tainted(NOOP, {}, FAILED), tainted(NOOP, yes, FAILED)], [false, true]);
  // What a command printed is outside text, whoever wanted it run.
  assertEquals([tainted(RUN, {}), tainted({ ...RUN, more: false }, {})], [true, true]);
  // A forced or approved move leaves open what was open.
  const open = { ...INITIAL_STATE, again: true, tainted: true };
  assertEquals(tainted(NOOP, { baseline: null }, MADE, open), true);
  assertEquals(tainted(ask, { baseline: null, by: "approval" }, MADE, open), true);
  assertEquals(tainted(NOOP, {}, MADE, open), false);
  // It is over with what was open.
  assertEquals(tainted(NOOP, { baseline: null }, MADE, { ...open, again: false }), false);
  assertEquals(tainted(NOOP, {}, FAILED, open), false);
});

Deno.test("nextState counts a failed move once, however often it is written down", () => {
  const once = nextState(INITIAL_STATE, intentOf(), FAILED, {});
  assertEquals(once, {
    ...INITIAL_STATE,
    again: true,
    fired: { "tea/rule-1": "d" },
    failure: { world: "w", count: 1, moves: true, why: "noop failed: gone", at: AT, since: AT },
    decided_at: "2026-11-23T09:30:00.000Z",
  });
  assertEquals(nextState(once, intentOf(), FAILED, {}), once);
  const later = { at: "2026-11-23T09:31:00.000Z" };
  const twice = nextState(once, intentOf(NOOP, later), FAILED, {}).failure;
  assertEquals([twice?.count, twice?.at, twice?.since], [2, later.at, AT]);
  for (const elsewhere of [{ ...later, world: "other" }, { world: "other" }]) {
    assertEquals(nextState(once, intentOf(NOOP, elsewhere), FAILED, {}).failure?.count, 1);
  }
});

Deno.test("park gives up on a world at the third failure", () => {
  const failing = (count: number) => ({
    ...INITIAL_STATE,
    failure: { world: "w", count, why: "x", at: AT },
  });
  assertEquals(park(failing(2), "c"), failing(2));
  assertEquals(park(failing(3), "c").parked, {
    kind: "failures",
    why: "3 decisions on the same world failed, the last one: x",
    world: "w",
    config: "c",
    until: "2026-11-23T15:30:00.000Z",
  });
  const parked = { ...failing(4), parked: BEFORE.parked };
  assertEquals(park(parked, "other"), parked);
});

const now = new Date(AT);
const minutes = (count: number) => new Date(now.getTime() + count * 60_000).toISOString();

Deno.test("parkedUntil waits until a limit ends, but for 24 hours at most", () => {
  const end = (retry_at: string) =>
    parkedUntil({ kind: "rate_limit", message: "x", retry_at }, { now, since: AT });
  assertEquals(end("2026-11-23T10:00:00Z"), { kind: "rate_limit", until: minutes(30) });
  assertEquals(end("2031-01-01T00:00:00.000Z"), { kind: "rate_limit", until: minutes(24 * 60) });
});

Deno.test("parkedUntil tries again after 5 to 15 minutes where the end of a limit is past, no time, or not told", () => {
  for (const retry_at of [AT, "1970-01-01T00:00:00Z", "soon", undefined]) {
    const waits = [0, -1, -7, -10, -600].map((since) => {
      const error = { kind: "rate_limit", message: "x", retry_at } as const;
      return parkedUntil(error, { now, since: minutes(since) })?.until;
    });
    assertEquals(waits, [5, 6, 12, 15, 15].map(minutes));
  }
  const odd = parkedUntil({ kind: "rate_limit", message: "x" }, { now, since: "t" });
  assertEquals(odd?.until, minutes(5));
});

Deno.test("parkedUntil tries refused credentials every 30 minutes, and parks for no error that passes", () => {
  const park = (kind: DecideError["kind"]) =>
    parkedUntil({ kind, message: "x", retry_at: minutes(3) }, { now, since: AT });
  assertEquals(park("auth"), { kind: "auth", until: minutes(30) });
  for (const kind of ["model", "exit", "timeout", "empty", "refused", "budget"] as const) {
    assertEquals(park(kind), null, kind);
  }
});

Deno.test("journalText says what became of a move", () => {
  const text = (outcome: Partial<Outcome>, more = {}) =>
    journalText(intentOf(RUN, more), { ...MADE, ...outcome });
  assertEquals(text({}), "listed");
  assertEquals(text({ exit_code: 2, summary: "exit 2" }), "listed (exit 2)");
  assertEquals(text({ ask_id: "a1b2c3" }), "listed (ask a1b2c3)");
  assertEquals(text({}, { by: "approval", source: "a1" }), "listed (approved a1)");
  assertEquals(
    text({ status: "asked", summary: "needs your approval: a1" }),
    "wants to run, needs your approval: a1: listed",
  );
  assertEquals(text({ status: "denied", summary: "no" }), "denied run: listed (no)");
  assertEquals(text({ status: "failed", summary: "no" }), "could not run: listed (no)");
  assertEquals(text({ status: "interrupted" }), "interrupted run, result unknown: listed");
});

Deno.test("nextState remembers the names of sensors that a tainted decision chose, until they are removed", () => {
  const write = (name: string): Move => ({
    ...{ action: "write_sensor", name, script: "#!/bin/sh\n", journal: "x" },
  });
  const remove = (name: string): Move => ({ action: "remove_sensor", name, journal: "x" });
  const moves: [Move, tainted: boolean, isNew: boolean, Outcome["status"], opaque: string[]][] = [
    [write("b.sh"), true, true, "asked", []],
    [write("b.sh"), true, true, "failed", []],
    [write("b.sh"), true, true, "made", ["b"]],
    [write("a.ts"), true, true, "made", ["a", "b"]],
    // The name is that of an earlier decision.
    [write("c.sh"), false, true, "made", ["a", "b"]],
    [write("c.sh"), true, false, "made", ["a", "b"]],
    [write("b.sh"), false, false, "made", ["a", "b"]],
    [remove("a.ts"), true, false, "made", ["b"]],
    [remove("b.sh"), false, false, "made", []],
  ];
  let state = BEFORE;
  for (const [move, tainted, isNew, status, opaque] of moves) {
    const path = `sensors/${(move as { name: string }).name}`;
    const intent = intentOf(move, { tainted, digests: { [path]: isNew ? null : "d" } });
    state = nextState(state, intent, { status, summary: "", paths: [] }, {});
    assertEquals(state.opaque_sensors, opaque);
  }
});
