import type { GoalSummary } from "../../documents/goals.ts";
import { describeCost, type GoalCost } from "../../goals/ready.ts";
import type { MetricLine } from "../../schema/progress.ts";
import type { GoalStatus } from "../../schema/status.ts";
import { duration, localDateTime, usd } from "../../schema/text.ts";
import { safeLine } from "./text.ts";
import { type Cell, labelled, renderTable, type View } from "./view.ts";

/** Renders goals as a table, one line each. */
export function renderGoals(goals: GoalSummary[], view: View, now: Date): string {
  if (goals.length === 0) return "no goals: looop goal write ID creates one\n";
  const rows = goals.map((goal): Cell[] => [
    [goal.id, view.bold],
    [progressText(goal, now), goal.stalled_since === undefined ? undefined : view.yellow],
    [goal.archived ? "" : dueText(goal, now), goal.overdue ? view.yellow : undefined],
    [goal.error === null ? `${goal.priority}` : ""],
    [goal.error === null && goal.rules > 0 ? `${goal.rules}` : ""],
    noteOf(goal, view),
  ]);
  return renderTable(["ID", "PROGRESS", "DUE", "PRIORITY", "RULES", "GOAL"], rows, view);
}

function noteOf({ goal, error, untrusted, archived }: GoalSummary, view: View): Cell {
  if (error !== null) return [safeLine(`invalid: ${error}`), view.red];
  const marks = [archived ? "archived" : "", untrusted ? "untrusted" : ""].filter(Boolean);
  const mark = marks.length > 0 ? `(${marks.join(", ")}) ` : "";
  return [safeLine(mark + goal), untrusted ? view.yellow : archived ? view.dim : undefined];
}

/** Such as `66 %`, `4`, `done` or `66 %, stalled 3 days`; empty if nothing is known. */
export function progressText(
  { metric, stalled_since: stalled, done_since: done }: GoalStatus,
  now: Date,
): string {
  const value = metric?.value ?? null;
  return [
    ...(done === undefined ? [] : ["done"]),
    ...(value === null ? [] : [metric?.percent == null ? `${value}` : `${metric.percent} %`]),
    ...(stalled === undefined ? [] : [`stalled ${duration(now.getTime() - Date.parse(stalled))}`]),
  ].join(", ");
}

/** Such as `in 3 days` or `overdue 2 h`; empty without a `due`. */
export function dueText({ due }: GoalStatus, now: Date): string {
  if (due === undefined) return "";
  const ms = Date.parse(due) - now.getTime();
  return ms > 0 ? `in ${duration(ms)}` : `overdue ${duration(-ms)}`;
}

const BARS = [..."▁▂▃▄▅▆▇█"];

/**
 * Draws values as a line of bars, the smallest as the lowest. Of more values than columns, each bar is the last of its
 * share.
 */
export function sparkline(values: readonly number[], columns: number): string {
  const count = Math.min(values.length, Math.max(columns, 1));
  const shown = Array.from(
    { length: count },
    (_, i) => values[Math.ceil((i + 1) * values.length / count) - 1],
  );
  const [min, max] = [Math.min(...shown), Math.max(...shown)];
  return shown.map((value) => {
    const height = max === min ? 0.5 : (value - min) / (max - min);
    return BARS[Math.round(height * (BARS.length - 1))];
  }).join("");
}

/** Renders how far a goal is: its metric with the history, due, stalled, and its cost; one line each. */
export function renderProgress(
  goal: GoalStatus,
  { history, cost, now }: { history: readonly MetricLine[]; cost: GoalCost; now: Date },
  view: View,
): string[] {
  const { metric, due, stalled_since: stalled, done_since: done, budget_usd } = goal;
  const rows: [name: string, text: string][] = [];
  if (metric) {
    const { value, from, to, percent } = metric;
    const way = from === null && to === null ? "" : `, from ${from ?? "?"} to ${to ?? "?"}`;
    rows.push(["metric", `${value ?? "unknown"}${way}${percent === null ? "" : `, ${percent} %`}`]);
  }
  const [first] = history;
  if (first !== undefined && history.length > 1) {
    const columns = Math.min((view.columns ?? 60) - 9, 60);
    rows.push(["history", sparkline(history.map(({ value }) => value), columns)]);
    rows.push(["", `${history.length} values since ${localDateTime(first.ts)}`]);
  }
  if (done !== undefined) rows.push(["done", `holds since ${localDateTime(done)}`]);
  if (due !== undefined) rows.push(["due", `${localDateTime(due)}, ${dueText(goal, now)}`]);
  if (stalled !== undefined) rows.push(["stalled", `no progress since ${localDateTime(stalled)}`]);
  const limit = budget_usd === undefined ? "" : ` of ${usd(budget_usd)}`;
  rows.push(["cost", `${describeCost(cost)}${limit}`]);
  return rows.flatMap(([name, text]) => labelled(name.padEnd(9), text, view));
}
