import { assertEquals, assertMatch } from "@std/assert";
import { renderProgress, sparkline } from "../../../src/cli/output/goals.ts";
import { PLAIN } from "../../../src/cli/output/view.ts";
import { Dashboard } from "../../../src/cli/watch/dashboard.ts";
import { renderFrame } from "../../../src/cli/watch/frame.ts";
import { loadPeek } from "../../../src/cli/watch/peek.ts";
import { readMetric } from "../../../src/goals/progress.ts";
import { readStatus } from "../../../src/loop/status.ts";
import { INITIAL_STATE } from "../../../src/schema/state.ts";
import { cliOn } from "../../support/cli_on.ts";
import { type TempProfile, tempProfile } from "../../support/temp_profile.ts";

const now = new Date("2026-11-23T09:30:00Z");
const clock = { now: () => now, sleep: () => Promise.resolve() };

const since = "2026-11-20T09:30:00.000Z";
const RECORDS = {
  tickets: {
    since,
    turn: null,
    metric: { value: 4, at: "2026-11-21T09:30:00.000Z" },
    stalled: "2026-11-21T09:30:00.000Z",
  },
  tea: { since, turn: null, due: "2026-11-23T07:30:00.000Z", holds: since },
};

const metricLine = (value: number, goal = "tickets") =>
  JSON.stringify({ ts: "2026-11-20T09:30:00.000Z", goal, value }) + "\n";

async function withProgress(): Promise<TempProfile> {
  return await tempProfile({
    clock,
    config: { runner: "none" },
    history: false,
    files: {
      "goals/tickets.md":
        "---\ngoal: Close all tickets\nmetric: {value: sensors.x.n, from: 12, to: 0}\nstall: 2d\nbudget_usd: 5\n---\nNotes.\n",
      "goals/tea.md": "---\ngoal: Drink tea\ndue: 2026-11-23T07:30Z\ndone: 1 == 1\n---\n",
      "goals/later.md": "---\ngoal: Rest\ndue: 2026-11-26 09:30 UTC\n---\n",
      "state.json": JSON.stringify({ ...INITIAL_STATE, goals: RECORDS }),
      "metrics.jsonl": [12, 9, 9, 8, 4].map((value) => metricLine(value)).join("") +
        metricLine(99, "tea") + "torn",
      "cost.jsonl": JSON.stringify({
        ...{ ts: since, kind: "tick", id: "1", runner: "pi", cost_usd: 0.5, goal: "tickets" },
      }) + "\n",
    },
  });
}

Deno.test("sparkline draws values by their height, and the last of each share of many", () => {
  assertEquals(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20), "▁▂▃▄▅▆▇█");
  assertEquals(sparkline([12, 9, 8, 4], 4), "█▅▅▁");
  assertEquals(sparkline([5, 5], 4), "▅▅");
  assertEquals(sparkline([-1, 1e9], 4), "▁█");
  assertEquals(sparkline([7, 0, 0, 3, 0, 0, 0, 7], 2), "▁█");
  assertEquals(sparkline(Array.from({ length: 1000 }, (_, i) => i), 8), "▁▂▃▄▅▆▇█");
  assertEquals(sparkline([], 8), "");
});

Deno.test("looop goal ls shows progress, what has stalled and what is due", async () => {
  await using profile = await withProgress();
  assertEquals(
    (await cliOn(profile, ["goal", "ls"])).stdout,
    `ID       PROGRESS              DUE          PRIORITY  GOAL
later                          in 3 days    0         Rest
tea      done                  overdue 2 h  0         Drink tea
tickets  66 %, stalled 2 days               0         Close all tickets
`,
  );
  const json = JSON.parse((await cliOn(profile, ["goal", "ls", "--json"])).stdout);
  assertEquals(json[2], {
    ...{ id: "tickets", priority: 0, goal: "Close all tickets", rules: 0, untrusted: false },
    ...{ archived: false, error: null, stalled_since: "2026-11-21T09:30:00.000Z", budget_usd: 5 },
    metric: { value: 4, at: "2026-11-21T09:30:00.000Z", from: 12, to: 0, percent: 66 },
  });
  assertEquals(json[0].due, "2026-11-26T09:30:00.000Z");
  assertEquals([json[0].overdue, json[1].overdue, json[1].done_since], [undefined, true, since]);
});

Deno.test("looop watch lists the progress of goals, and a goal's peek has the history of its metric", async () => {
  await using profile = await withProgress();
  const board = new Dashboard(await readStatus(profile, { full: true }), now, {
    selected: "goal:tickets",
  });
  board.enlarged = false;
  board.peek = await loadPeek(profile, board.selected()!);
  const frame = renderFrame(board, { columns: 120, rows: 24 }, PLAIN);
  const shown = frame.join("\n");
  assertMatch(shown, /GOALS 3, 2 waiting/);
  assertMatch(shown, /▸⚑ tickets {2}p0 {2}66 %, stalled/);
  assertMatch(shown, /⚑ tea {6}p0 {2}done {2,}overdue 2 h/);
  assertMatch(shown, /metric {3}4, from 12 to 0, 66 %/);
  assertMatch(shown, /history {2}█▅▅▁/);
  assertMatch(shown, /4 values since 2026-11-20/);
  assertMatch(shown, /stalled {2}no progress since 2026-11-21/);
  assertMatch(shown, /cost {5}\$0\.5000 of \$5\.00/);
  assertMatch(shown, /Notes\./);
  for (const columns of [60, 100]) {
    for (const line of renderFrame(board, { columns, rows: 15 }, PLAIN)) {
      assertEquals(line.length <= columns, true, line);
    }
  }
});

Deno.test("renderProgress shows a goal without criteria by its cost alone", () => {
  const goal = { id: "tea", goal: "Drink tea", priority: 0, error: null };
  const rest = { history: [], cost: { usd: 0, unknown: 2 }, now };
  assertEquals(renderProgress(goal, rest, { ...PLAIN, columns: 60 }), [
    "cost     $0.00 + 2 unknown",
  ]);
});

Deno.test("readMetric reads the last values of one goal, also from rotated files, each change once", async () => {
  await using profile = await withProgress();
  await profile.write(
    "archive/metrics-2026-11-19T000000.000Z.jsonl",
    metricLine(20) + metricLine(12),
  );
  const values = async (count: number) =>
    (await readMetric(profile, "tickets", { count })).map(({ value }) => value);
  assertEquals(await values(10), [20, 12, 9, 8, 4]);
  assertEquals(await values(2), [8, 4]);
  assertEquals(await readMetric(profile, "none", { count: 5 }), []);
  const later = { count: 5, since: "2026-11-21T00:00:00.000Z" };
  assertEquals(await readMetric(profile, "tickets", later), []);
});
