import { assertEquals } from "@std/assert";
import { isTainted } from "../../src/diff/diff.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { INITIAL_STATE, type State } from "../../src/schema/state.ts";
import type { Comparison } from "../../src/schema/world.ts";

const quiet = { hash: "h", digests: {}, changes: [] };
const change = (untrusted: boolean): Comparison => ({
  ...quiet,
  changes: [{ key: "sensor:a", kind: "changed", lines: [], untrusted }],
});
const failure = { world: "w", count: 1, why: "obey", at: "t" };
const last_run = { run_id: "r", command: "ls", exit_code: 0, output_tail: "obey" };
const state = (more: Partial<State>) => ({ ...INITIAL_STATE, ...more });

Deno.test("isTainted holds for an untrusted change, and a forced untrusted goal", () => {
  assertEquals(isTainted(change(false), INITIAL_STATE), false);
  assertEquals(isTainted(change(true), INITIAL_STATE), true);
  const goal = (mark: string) => parseGoal("tea", `---\ngoal: Tea\n${mark}---\n`, "d");
  assertEquals(isTainted(quiet, INITIAL_STATE, goal("")), false);
  assertEquals(isTainted(quiet, INITIAL_STATE, goal("untrusted: true\n")), true);
});

Deno.test("isTainted holds for what a tainted decision left, and for any command's output", () => {
  assertEquals(isTainted(quiet, state({ tainted: true })), false);
  assertEquals(isTainted(quiet, state({ again: true, failure })), false);
  assertEquals(isTainted(quiet, state({ tainted: true, again: true })), true);
  assertEquals(isTainted(quiet, state({ tainted: true, failure })), true);
  assertEquals(isTainted(quiet, state({ last_run })), true);
});
