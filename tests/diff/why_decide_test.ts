import { assertEquals } from "@std/assert";
import { decisionDue } from "../../src/diff/diff.ts";
import { INITIAL_STATE, type Parked, type State } from "../../src/schema/state.ts";
import type { Change } from "../../src/schema/world.ts";

const NOW = "2026-11-23T09:30:00.000Z";
const SOON = "2026-11-23T10:00:00.000Z";
const CHANGE: Change = { key: "playbook", kind: "changed", lines: [], untrusted: false };

function due(parked: Partial<Parked> | null, changed = true, again = false): string {
  const state = {
    ...INITIAL_STATE,
    again,
    parked: parked &&
      { kind: "failures", why: "why", world: "w", config: "c", until: SOON, ...parked } as Parked,
  };
  const result = decisionDue(
    { hash: "w", digests: {}, changes: changed ? [CHANGE] : [] },
    state,
    "c",
    NOW,
  );
  return result.decide ? "decide" : result.because;
}

Deno.test("decisionDue decides on a change, or where the last move asked for another look", () => {
  assertEquals([due(null), due(null, false), due(null, false, true)], [
    "decide",
    "unchanged",
    "decide",
  ]);
});

Deno.test("decisionDue keeps still while parked on this world and config", () => {
  assertEquals([due({}), due({ kind: "auth" }), due({}, false, true)], [
    "parked",
    "parked",
    "parked",
  ]);
  assertEquals([due({ world: "other" }), due({ config: "other" })], ["decide", "decide"]);
});

for (const kind of ["failures", "auth", "rate_limit"] as const) {
  Deno.test(`decisionDue never stays parked for good: ${kind}`, () => {
    assertEquals([due({ kind, until: NOW }), due({ kind, until: undefined })], [
      "decide",
      "decide",
    ]);
  });
}

Deno.test("decisionDue probes refused credentials at the time, whatever changes", () => {
  assertEquals(due({ kind: "auth", world: "other" }), "parked");
  assertEquals(due({ kind: "auth", world: "other", config: "other" }), "decide");
});

Deno.test("decisionDue waits for a rate limit's end, whatever changes", () => {
  const limit = (until?: string) => due({ kind: "rate_limit", world: "other", until });
  assertEquals(limit("2026-11-23T09:30:00.001Z"), "parked");
  assertEquals([limit(NOW), limit()], ["decide", "decide"]);
  // No limit parks for longer than a day: the clock was set back since, or it is no time.
  assertEquals(limit("2026-11-24T09:30:00.000Z"), "parked");
  assertEquals([limit("2026-11-24T09:30:00.001Z"), limit("9999"), limit("soon")], [
    "decide",
    "decide",
    "decide",
  ]);
});

/** What comes of a world in which these keys have changed. */
function because(state: Partial<State>, keys: string[] = [], flapping?: string[]): string {
  const changes = keys.map((key) => ({ ...CHANGE, key }));
  const result = decisionDue(
    { hash: "w", digests: {}, changes, flapping },
    { ...INITIAL_STATE, ...state },
    "c",
    NOW,
  );
  return result.decide ? "decide" : result.because;
}

Deno.test("decisionDue decides an unchanged world again 6 hours after a noop", () => {
  const noop = (noop_at: string | null) => because({ noop_at });
  assertEquals([noop(null), noop("2026-11-23T03:30:00.001Z"), noop("2026-11-23T03:30:00.000Z")], [
    "unchanged",
    "unchanged",
    "decide",
  ]);
  // The clock was set back: a little waits, a year does not, and the next noop is noted at the new time.
  assertEquals([noop("2026-11-23T10:30:00.000Z"), noop("2027-11-23T09:30:00.000Z")], [
    "unchanged",
    "decide",
  ]);
});

Deno.test("decisionDue damps flapping sensors alone for 10 minutes after a decision", () => {
  const decided = (decided_at: string | null) =>
    because({ decided_at }, ["sensor:a", "sensor:b"], ["a", "b", "c"]);
  assertEquals(decided("2026-11-23T09:20:00.001Z"), "damped");
  assertEquals([decided("2026-11-23T09:20:00.000Z"), decided(null)], ["decide", "decide"]);
  assertEquals([decided("2026-11-23T09:39:00.000Z"), decided("2027-11-23T09:30:00.000Z")], [
    "damped",
    "decide",
  ]);
});

const failedAt = (at: string, world = "w"): State["fired"] => ({
  "tea/red": { digest: "d", failures: 2, at, world, since: at, why: "gone" },
  "tea/green": "d",
});

Deno.test("decisionDue lets the rules alone decide when one of them is to be tried again", () => {
  const due = (fired: State["fired"], more: Partial<State> = {}, keys: string[] = []) => {
    const changes = keys.map((key) => ({ ...CHANGE, key }));
    const state = { ...INITIAL_STATE, fired, ...more };
    return decisionDue({ hash: "w", digests: {}, changes, flapping: ["a"] }, state, "c", NOW);
  };
  const rulesOnly = { decide: true, rulesOnly: true } as const;
  const waits = failedAt("2026-11-23T09:29:01.000Z");
  const isDue = failedAt("2026-11-23T09:29:00.000Z");
  assertEquals(due(waits), { decide: false, because: "unchanged" });
  assertEquals([due(isDue), due(failedAt(NOW, "other"))], [rulesOnly, rulesOnly]);
  assertEquals(due(isDue, { again: true }), { decide: true });
  assertEquals(due(isDue, {}, ["playbook"]), { decide: true });
  assertEquals(due(isDue, { decided_at: NOW }, ["sensor:a"]), rulesOnly);
  assertEquals(due(waits, { decided_at: NOW }, ["sensor:a"]).decide, false);
  const parked = { kind: "auth", why: "x", world: "w", config: "c", until: SOON } as const;
  assertEquals(due(isDue, { parked }).decide, false);
});

Deno.test("decisionDue does not damp what else is due", () => {
  const decided_at = "2026-11-23T09:29:00.000Z";
  assertEquals(because({ decided_at }, ["sensor:a"], ["a"]), "damped");
  assertEquals(because({ decided_at }, ["sensor:a", "sensor:b"], ["a"]), "decide");
  assertEquals(because({ decided_at }, ["sensor:a", "answer:1"], ["a"]), "decide");
  assertEquals(because({ decided_at, again: true }, ["sensor:a"], ["a"]), "decide");
  assertEquals(
    because({ decided_at, noop_at: "2026-11-23T03:00:00.000Z" }, ["sensor:a"], ["a"]),
    "decide",
  );
  assertEquals(because({ decided_at }, [], ["a"]), "unchanged");
});

Deno.test("decisionDue names the sensors that it damps", () => {
  const result = decisionDue(
    { hash: "w", digests: {}, changes: [{ ...CHANGE, key: "sensor:clock" }], flapping: ["clock"] },
    { ...INITIAL_STATE, decided_at: NOW },
    "c",
    NOW,
  );
  assertEquals(result, {
    decide: false,
    because: "damped",
    why: "only flapping sensors changed, and the last decision is not 10 minutes old: clock",
  });
});
