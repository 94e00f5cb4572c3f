import { effectOf, writeOf } from "../../src/admit/action.ts";
import { NO_ACTION } from "../../src/schema/action.ts";
import type { Intent } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";

/** A move that does nothing. */
export const NOOP: Move = { action: "noop", reason: "fine", journal: "looked around" };

/** An intent of a runner's move that policy allows, made on a world with one entry. */
export function intentOf(move: Move = NOOP, more: Partial<Intent> = {}): Intent {
  return {
    run_id: "20261123t093000-deadbeef",
    at: "2026-11-23T09:30:00.000Z",
    by: "runner",
    source: "claude",
    move,
    verdict: { then: "allow", rule: "test", why: "" },
    action: { ...NO_ACTION, write: writeOf(move, more.tainted ?? false), effect: effectOf(move) },
    tainted: false,
    slots: [],
    digests: {},
    world: "w",
    baseline: { playbook: { sha256: "1", was: "p" } },
    fired: { "tea/rule-1": "d" },
    closes: [],
    ended: [],
    journal_bytes: 0,
    ...more,
  };
}
