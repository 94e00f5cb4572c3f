import { assertEquals } from "@std/assert";
import { renderStatus } from "../../../src/cli/output/status.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import type { Status } from "../../../src/schema/status.ts";

const now = new Date("2026-11-23T09:30:00.000Z");

const status: Status = {
  pulse: { running: true, pid: 4711, interval_s: 60 },
  last_tick: { at: "2026-11-23T09:29:20.000Z", hash: null, outcome: "idle" },
  parked: null,
  tick: null,
  failing: null,
  undelivered: null,
  set_aside: [],
  paused: false,
  workers: [],
  asks: [],
  attention: [],
  cost_today_usd: 0.5,
  known_cost_today_usd: 0.5,
  unknown_costs_today: 0,
  budget: {
    usd_per_day: null,
    spent_today_usd: 0.5,
    unknown_costs_today: 0,
    running_workers_usd: 0,
    running_unknown_costs: 0,
    usd_per_worker: null,
    decides_per_hour: 60,
    decides_last_hour: 0,
    workers: 8,
    workers_alive: 0,
    held: null,
  },
  data_dir: "/home/me/.local/state/looop",
  exists: true,
  config: "/home/me/.config/looop.json",
  runner: "pi",
};

Deno.test("renderStatus shows how a profile stands", () => {
  assertEquals(
    renderStatus(status, PLAIN, now),
    [
      "pulse      running (pid 4711), every 60 s",
      "last tick  nothing changed, 40 s ago",
      "today      $0.5000",
      "runner     pi",
      "data       /home/me/.local/state/looop",
      "config     /home/me/.config/looop.json",
      "",
    ].join("\n"),
  );
});

Deno.test("renderStatus shows a profile that was not made yet, unknown costs, and what needs a human", () => {
  const view = { ...PLAIN, columns: 40 };
  const other: Status = {
    ...status,
    pulse: { running: false, pid: null, interval_s: 60 },
    last_tick: null,
    exists: false,
    runner: null,
    cost_today_usd: null,
    unknown_costs_today: 2,
    workers: (["running", "waiting", "running"] as const).map((state, i) => ({
      ...{ id: `w${i}`, state, alive: true, exit_code: null, flagged: false, note: null },
      ...{ since: "", started_at: "", idle_s: 0, runner: "pi", goal: null, verified: null },
    })),
    attention: ['looop answer q1 "…": Which\n\x1b[2J branch do you want?'],
  };
  assertEquals(
    renderStatus(other, view, now),
    [
      "pulse      not running; start it with",
      "           looop or looop up",
      "last tick  none yet",
      "today      $0.5000 and 2 calls of",
      "           unknown cost",
      "workers    2 running, 1 waiting (looop",
      "           ls)",
      "runner     none",
      "data       /home/me/.local/state/looop",
      "           (does not exist yet; looop",
      "           creates it)",
      "config     /home/me/.config/looop.json",
      "",
      "needs you",
      '  ⚑ looop answer q1 "…": Which \\x1b[2J',
      "    branch do you want?",
      "",
    ].join("\n"),
  );
});

Deno.test("renderStatus shows a budget in dollars, and what is held", () => {
  const budgetOf = (more: Partial<Status["budget"]>) =>
    renderStatus({ ...status, budget: { ...status.budget, ...more } }, PLAIN, now)
      .split("\n").filter((line) => line.startsWith("budget"));
  assertEquals(budgetOf({}), []);
  assertEquals(budgetOf({ usd_per_day: 5 }), ["budget     $0.5000 of $5.00 today"]);
  const held = { budget: "decides_per_hour", why: "too many", ask: "a1", lifted: false } as const;
  assertEquals(budgetOf({ usd_per_worker: 1, held }), [
    "budget     at most $1.00 per worker; over budget: too many",
  ]);
  assertEquals(budgetOf({ held: { ...held, lifted: true } }), [
    "budget     lifted for today: too many",
  ]);
});

Deno.test("renderStatus shows what running workers have spent apart from today's cost, which is one everywhere", () => {
  const running = { running_workers_usd: 0.2, usd_per_day: 5 };
  const today = (budget: Partial<Status["budget"]>, more: Partial<Status> = {}) =>
    renderStatus({ ...status, ...more, budget: { ...status.budget, ...budget } }, PLAIN, now)
      .split("\n").filter((line) => /^(today|budget) /.test(line)).map((line) => line.slice(11));
  assertEquals(today(running), [
    "$0.5000; $0.2000 so far by running workers",
    "$0.7000 of $5.00 today",
  ]);
  assertEquals(today({ running_unknown_costs: 1 }, { unknown_costs_today: 1 }), [
    "$0.5000 and 1 call of unknown cost; an unknown amount by 1 running worker",
  ]);
});
