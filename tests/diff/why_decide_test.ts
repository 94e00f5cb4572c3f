import { assertEquals } from "@std/assert";
import { whyDecide } from "../../src/diff/why_decide.ts";
import type { Change } from "../../src/model/change.ts";
import { INITIAL_STATE, type Parked } from "../../src/model/state.ts";

const NOW = "2026-11-23T09:30:00.000Z";
const CHANGE: Change = { key: "playbook", kind: "changed", lines: [], untrusted: false };

function due(parked: Partial<Parked> | null, changed = true, again = false): string {
  const state = {
    ...INITIAL_STATE,
    again,
    parked: parked &&
      { kind: "failures", why: "why", world: "w", config: "c", ...parked } as Parked,
  };
  const result = whyDecide(
    { hash: "w", digests: {}, changes: changed ? [CHANGE] : [] },
    state,
    "c",
    NOW,
  );
  return result.decide ? "decide" : result.because;
}

Deno.test("whyDecide decides on a change, or where the last move asked for another look", () => {
  assertEquals([due(null), due(null, false), due(null, false, true)], [
    "decide",
    "unchanged",
    "decide",
  ]);
});

Deno.test("whyDecide keeps still while parked on this world and config", () => {
  assertEquals([due({}), due({ kind: "auth" }), due({}, false, true)], [
    "parked",
    "parked",
    "parked",
  ]);
  assertEquals([due({ world: "other" }), due({ config: "other" })], ["decide", "decide"]);
});

Deno.test("whyDecide waits for a rate limit's end, whatever changes", () => {
  const limit = (until?: string) => due({ kind: "rate_limit", world: "other", until });
  assertEquals(limit("2026-11-23T09:30:00.001Z"), "parked");
  assertEquals([limit(NOW), limit()], ["decide", "decide"]);
});
