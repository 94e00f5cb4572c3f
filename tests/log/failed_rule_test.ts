import { assertEquals } from "@std/assert";
import { nextState, park } from "../../src/log/next_state.ts";
import type { Intent, Outcome } from "../../src/schema/decision.ts";
import { failingOf } from "../../src/schema/failing.ts";
import type { Move } from "../../src/schema/move.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import { intentOf } from "./intent_of.ts";

const RUN: Move = { action: "run", command: "ls", journal: "listed" };
const RULE: Partial<Intent> = { by: "rule", source: "tea/rule-1" };
const MADE: Outcome = { status: "made", summary: "exit 0", paths: [] };
const FAILED: Outcome = { status: "failed", summary: "gone", paths: [] };
const AT = intentOf().at;
const LATER = "2026-11-23T09:31:00.000Z";

Deno.test("nextState arms a rule again whose move failed, and counts its failures on the same values", () => {
  const first = nextState(INITIAL_STATE, intentOf(RUN, RULE), FAILED, {});
  const failed = { since: AT, why: "run failed: gone" };
  const retry = { digest: "d", failures: 1, at: AT, world: "w", ...failed };
  assertEquals([first.fired, first.again], [{ "tea/rule-1": retry }, true]);
  // Its retries ask no runner, unless one is due anyway.
  const again = intentOf(RUN, { ...RULE, at: LATER });
  const second = nextState({ ...first, again: false }, again, FAILED, {});
  const twice = { ...retry, failures: 2, at: LATER };
  assertEquals([second.fired, second.again], [{ "tea/rule-1": twice }, false]);
  assertEquals(nextState(first, again, FAILED, {}).again, true);
  const other = intentOf(RUN, { ...RULE, at: LATER, fired: { "tea/rule-1": "e" } });
  const anew = nextState({ ...first, again: false }, other, FAILED, {});
  assertEquals(anew.fired, { "tea/rule-1": { ...retry, digest: "e", at: LATER, since: LATER } });
  assertEquals(anew.again, true);
});

Deno.test("nextState counts a rule's failure once, however often it is written down", () => {
  const first = nextState(INITIAL_STATE, intentOf(RUN, RULE), FAILED, {});
  assertEquals(nextState(first, intentOf(RUN, RULE), FAILED, {}), first);
  const again = intentOf(RUN, { ...RULE, at: LATER });
  const second = nextState({ ...first, again: false }, again, FAILED, {});
  assertEquals(nextState(second, again, FAILED, {}), second);
});

Deno.test("nextState never parks for a rule's failures, and remembers since when", () => {
  let state = INITIAL_STATE;
  for (const at of ["2026-11-23T09:30:00.000Z", LATER, "2026-11-23T09:32:00.000Z"]) {
    state = park(nextState(state, intentOf(RUN, { ...RULE, at }), FAILED, {}), "c");
  }
  assertEquals([state.failure, state.parked], [null, null]);
  assertEquals(failingOf(state), { why: "rule tea/rule-1: run failed: gone", since: AT });
});

for (
  const [what, more, outcome] of [
    ["that was made", RULE, MADE],
    ["that waits for approval", RULE, { ...MADE, status: "asked" }],
    ["that policy denied", RULE, { ...FAILED, status: "denied" }],
    ["whose result is unknown", RULE, { ...FAILED, status: "interrupted" }],
    ["of a runner that failed", {}, FAILED],
  ] as [string, Partial<Intent>, Outcome][]
) {
  Deno.test(`nextState does not arm a rule again after a move ${what}`, () => {
    const before: State = {
      ...INITIAL_STATE,
      fired: {
        "tea/rule-1": { digest: "d", failures: 3, at: "t", world: "v", since: "t", why: "gone" },
      },
    };
    const { fired } = nextState(before, intentOf(RUN, more), outcome, {});
    assertEquals(fired, { "tea/rule-1": "d" });
  });
}
