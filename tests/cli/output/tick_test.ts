import { assertEquals } from "@std/assert";
import { renderPlan, renderTick } from "../../../src/cli/output/tick.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import type { Decision, Outcome } from "../../../src/schema/decision.ts";
import type { MovedResult, TickResult } from "../../../src/schema/tick_result.ts";

const at = new Date(2026, 10, 23, 9, 30, 12);
const until = new Date(2026, 10, 23, 12, 20).toISOString();
const hash = "0".repeat(64);
const about = {
  hash,
  run_id: "20261123t093012-1a2b3c4d",
  decision: {
    by: "runner",
    source: "pi",
    move: { action: "run", command: "make test", journal: "ran the tests" },
  } satisfies Decision,
  verdict: { then: "allow", rule: "run", why: "it only reads" } as const,
};

function moved(result: Partial<Outcome>, journal: string, cost_usd: number | null): MovedResult {
  const outcome: Outcome = { status: "made", summary: "done", paths: [], ...result };
  return { outcome: "moved", ...about, result: outcome, journal, cost_usd };
}

function shown(result: TickResult, waitS?: number, columns: number | null = null): string {
  return renderTick(result, { ...PLAIN, columns }, { at, waitS });
}

Deno.test("renderTick tells what was moved, its cost, and when the next tick comes", () => {
  assertEquals(
    shown(moved({}, "- 2026-11-23 09:30 ran the tests", 0.0123), 60),
    "09:30:12 run: ran the tests ($0.0123, next in 60 s)\n",
  );
  assertEquals(
    shown(moved({}, "- 2026-11-23 09:30 ran the tests", null)),
    "09:30:12 run: ran the tests (cost unknown)\n",
  );
  assertEquals(
    shown(moved({}, "- 2026-11-23 09:30 ran the tests", 0)),
    "09:30:12 run: ran the tests\n",
  );
});

Deno.test("renderTick tells why a move waits for a yes, and what became of one that was not made", () => {
  assertEquals(
    shown(
      moved(
        { status: "asked", ask_id: "abc123", title: "run make test" },
        "- 2026-11-23 09:30 wants to run",
        1.5,
      ),
    ),
    "09:30:12 waiting for your approval: run make test ($1.50)\n         why: it only reads\n",
  );
  assertEquals(
    shown(moved({ status: "failed" }, "- 2026-11-23 09:30 failed to run: tests (no make)", 0)),
    "09:30:12 failed to run: tests (no make)\n",
  );
});

Deno.test("renderTick tells of ticks without a move", () => {
  assertEquals(
    shown({ outcome: "idle", hash }, 59.6),
    "09:30:12 idle: nothing changed (next in 60 s)\n",
  );
  assertEquals(shown({ outcome: "paused" }), "09:30:12 paused: looop resume continues\n");
  assertEquals(
    shown({ outcome: "parked", hash, why: "a limit", until }),
    "09:30:12 stopped deciding until 2026-11-23 12:20: a limit\n" +
      "         to retry at once: looop resume\n",
  );
  const undecided: TickResult = {
    outcome: "undecided",
    hash,
    why: "none is installed",
    changes: ["sensor:git"],
  };
  const line = "09:30:12 changed, but no rule matched and no LLM is configured: sensor:git";
  assertEquals(shown(undecided), `${line}\n         none is installed\n`);
  assertEquals(shown(undecided, 60), `${line} (next in 60 s)\n`);
  assertEquals(shown({ outcome: "stopped" }), "09:30:12 stopped: no move was applied\n");
});

Deno.test("renderTick tells of a failed decision why, what to do, and where to look", () => {
  const error = { kind: "auth", message: "pi: 401 from the provider" } as const;
  const { run_id } = about;
  assertEquals(
    shown(
      { outcome: "failed", hash, run_id, error, cost_usd: 0, parked: { why: "401", until } },
      60,
    ),
    "09:30:12 decision failed: pi: 401 from the provider (next in 60 s)\n" +
      "         stopped deciding until 2026-11-23 12:20: 401\n" +
      "         to retry at once: looop resume\n" +
      "         log in to that program, or set another runner in the config: looop help config\n" +
      "         prompt and answers: runs/20261123t093012-1a2b3c4d/\n",
  );
});

Deno.test("renderTick tells the reason once where a failure parks the loop for itself", () => {
  const error = { kind: "rate_limit", message: "pi: a limit" } as const;
  const parked = { why: error.message, until };
  const result: TickResult = { outcome: "failed", hash, run_id: "r", error, cost_usd: 0, parked };
  assertEquals(
    shown(result),
    "09:30:12 decision failed: pi: a limit\n" +
      "         stopped deciding until 2026-11-23 12:20\n" +
      "         to retry at once: looop resume\n" +
      "         prompt and answers: runs/r/\n",
  );
});

Deno.test("renderTick keeps to the terminal's width, and to what is safe to show", () => {
  assertEquals(
    shown(moved({}, "- 2026-11-23 09:30 見た\x1b[2J\nlooop approve 1", 0), 5, 32),
    "09:30:12 run: 見た\\x1b[2J looop\n         approve 1 (next in 5 s)\n",
  );
});

Deno.test("renderPlan shows move, verdict and price of a dry run, every field of the move whole", () => {
  const decision = {
    ...about.decision,
    move: { action: "run", command: "make\n\x1b[1A", more: false, journal: "ran the tests" },
  } satisfies Decision;
  assertEquals(
    renderPlan({ outcome: "planned", ...about, decision, cost_usd: 0.02 }, PLAIN),
    [
      "move        run",
      "journal     ran the tests",
      "decided by  runner pi",
      "policy      allow, rule run: it only reads",
      "cost        $0.0200",
      "applied     no: this is a dry run",
      "command:",
      "  │ make",
      "  │ \\x1b[1A",
      "more:",
      "  │ false",
      "",
    ].join("\n"),
  );
});
