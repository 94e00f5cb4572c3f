import type { Finding, Level } from "../../doctor/check.ts";
import {
  type BudgetStatus,
  type CurrentTick,
  shownNote,
  type Status,
  type WorkerSummary,
} from "../../schema/status.ts";
import { duration, plural, usd } from "../../schema/text.ts";
import type { WorkerState } from "../../schema/worker.ts";
import { hangText, safeLine } from "./text.ts";
import { type Cell, joinLines, labelled, type Paint, renderTable, type View } from "./view.ts";

type Row = [name: string, text: string];

/** Renders the status of a profile. */
export function renderStatus(status: Status, view: View, now: Date): string {
  const { pulse, attention } = status;
  const rows: Row[] = [
    ["pulse", pulse.running ? running(pulse) : "not running; start it with looop or looop up"],
    ["last tick", lastTick(status, now)],
    ...(status.tick ? [["now", describeTick(status.tick, now)] as Row] : []),
    ["today", today(status)],
    ...budgetRow(status.budget),
    ...(status.workers.length > 0 ? [["workers", workers(status)] as Row] : []),
    ...status.set_aside.map(({ what, why, denied, tries }): Row => {
      const how = denied ? "denied" : `failed${tries > 1 ? ` ${tries} times` : ""}`;
      return ["set aside", `${what}: ${how}: ${why}`];
    }),
    ["runner", status.runner ?? "none"],
    [
      "data",
      status.exists ? status.data_dir : `${status.data_dir} (does not exist yet; looop creates it)`,
    ],
    ["config", status.config],
  ];
  const lines = rows.flatMap(([name, text]) => labelled(name.padEnd(11), safeLine(text), view));
  if (attention.length > 0) lines.push("", view.yellow("needs you"));
  for (const line of attention) lines.push(...hangText("  ⚑ ", safeLine(line), view.columns));
  return joinLines(lines);
}

function running({ pid, interval_s }: Status["pulse"]): string {
  return `running${pid === null ? "" : ` (pid ${pid})`}, every ${interval_s} s`;
}

/** Describes the outcome of a tick in a few words. */
export const OUTCOMES: Record<NonNullable<Status["last_tick"]>["outcome"], string> = {
  idle: "nothing changed",
  paused: "paused",
  parked: "stopped deciding",
  held: "over budget",
  damped: "waiting for readings to settle",
  undecided: "changed, but nothing decides",
  failed: "the decision failed",
  planned: "a dry run",
  moved: "decided on a move",
  stopped: "stopped before a move",
};

function lastTick({ last_tick }: Status, now: Date): string {
  if (last_tick === null) return "none yet";
  const ended = `${OUTCOMES[last_tick.outcome]}, ${
    duration(now.getTime() - Date.parse(last_tick.at))
  } ago`;
  return last_tick.error ? `${ended}; ticks fail since then` : ended;
}

/** Such as `deciding for 9 min (claude)`. */
export function describeTick({ doing, what, since }: CurrentTick, now: Date): string {
  const span = duration(now.getTime() - Date.parse(since));
  return doing === "acting"
    ? `applying a move for ${span}: ${what}`
    : `${doing} for ${span} (${what})`;
}

/** Shown if there is a budget in dollars, or one is used up. */
function budgetRow(budget: BudgetStatus): Row[] {
  const { usd_per_day, usd_per_worker, spent_today_usd, running_workers_usd, held } = budget;
  const used = usd(spent_today_usd + running_workers_usd);
  const parts = [
    ...(usd_per_day === null ? [] : [`${used} of ${usd(usd_per_day)} today`]),
    ...(usd_per_worker === null ? [] : [`at most ${usd(usd_per_worker)} per worker`]),
    ...(held ? [`${held.lifted ? "lifted for today" : "over budget"}: ${held.why}`] : []),
  ];
  return parts.length === 0 ? [] : [["budget", parts.join("; ")]];
}

/** Counts workers by state: `2 running, 1 waiting (looop ls)`. */
function workers({ workers }: Status): string {
  const counts = new Map<string, number>();
  for (const { state } of workers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return `${[...counts].map(([state, count]) => `${count} ${state}`).join(", ")} (looop ls)`;
}

/** The cost of calls that have ended, then what running workers have spent so far. */
function today({ known_cost_today_usd, unknown_costs_today, budget }: Status): string {
  const known = usd(known_cost_today_usd);
  const { running_workers_usd, running_unknown_costs } = budget;
  const running = [
    ...running_workers_usd > 0 ? [`${usd(running_workers_usd)} so far by running workers`] : [],
    ...running_unknown_costs > 0
      ? [`an unknown amount by ${plural(running_unknown_costs, "running worker")}`]
      : [],
  ].map((part) => `; ${part}`).join("");
  if (unknown_costs_today === 0) return known + running;
  const calls = plural(unknown_costs_today, "call");
  const before = known_cost_today_usd === 0 ? "" : `${known} and `;
  return `${before}${calls} of unknown cost${running}`;
}

/**
 * Renders workers as a table, one line each; `⚑` marks those that wait for the user.
 *
 * @param all those that were archived are there too
 */
export function renderWorkers(
  workers: WorkerSummary[],
  view: View,
  now: Date,
  { all = false } = {},
): string {
  if (workers.length === 0) {
    return `no workers: looop start-session starts one${
      all ? "" : "; looop ls --all lists earlier ones"
    }\n`;
  }
  const rows = workers.map((worker): Cell[] => [
    worker.flagged ? [`⚑ ${worker.id}`, view.yellow] : [`  ${worker.id}`, view.bold],
    [worker.state, colorOf(worker, view)],
    [duration(now.getTime() - Date.parse(worker.started_at))],
    [worker.idle_s === null ? "" : duration(worker.idle_s * 1000)],
    [safeLine(
      [shownNote(worker), worker.worktree && `in ${worker.worktree}`].filter(Boolean).join("; "),
    )],
  ]);
  return renderTable(["  ID", "STATE", "AGE", "IDLE", "NOTE"], rows, view, 2);
}

function colorOf({ state, verified }: WorkerSummary, view: View): Paint {
  const paints: Record<WorkerState, Paint> = {
    running: view.green,
    waiting: view.yellow,
    stuck: view.red,
    limited: view.yellow,
    done: verified === false ? view.yellow : view.green,
    failed: view.red,
    killed: view.yellow,
    orphaned: view.red,
    resuming: view.yellow,
    lost: view.red,
  };
  return paints[state];
}

const WIDTH = 6;

/** Renders one finding: its level, the result, and below it the fix. */
export function renderFinding({ check, level, found, fix }: Finding, view: View): string {
  const paint = paintOf(level, view);
  const text = safeLine(`${check}: ${found}`);
  const lines = labelled(level.padEnd(WIDTH), text, view, undefined, paint);
  if (fix !== null) {
    lines.push(
      ...hangText(`${" ".repeat(WIDTH)}fix: `, safeLine(fix), view.columns).map(view.bold),
    );
  }
  return joinLines(lines);
}

/** Counts findings by level, such as `23 ok, 2 warn, 1 fail`. */
export function renderFindings(findings: Finding[], view: View): string {
  const parts = (["ok", "warn", "fail"] as const).map((level) => {
    const count = findings.filter((one) => one.level === level).length;
    const text = `${count} ${level}`;
    return count === 0 ? text : paintOf(level, view)(text);
  });
  return `\n${parts.join(", ")}\n`;
}

function paintOf(level: Level, view: View): Paint {
  return { ok: view.green, warn: view.yellow, fail: view.red }[level];
}
