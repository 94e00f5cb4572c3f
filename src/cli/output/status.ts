import type { Finding, Level } from "../../doctor/check.ts";
import { usd } from "../../schema/ledger.ts";
import type { BudgetStatus, Status } from "../../schema/status.ts";
import { hangText, labelRow, safeLine } from "./text.ts";
import { duration, type Paint, type View } from "./view.ts";

type Row = [name: string, text: string];

/** Shows how a profile stands. */
export function renderStatus(status: Status, view: View, now: Date): string {
  const { pulse, attention } = status;
  const rows: Row[] = [
    ["pulse", pulse.running ? running(pulse) : "not running: looop starts it"],
    ["last tick", lastTick(status, now)],
    ["today", today(status)],
    ...budgetRow(status.budget),
    ...(status.workers.length > 0 ? [["workers", workers(status)] as Row] : []),
    ["runner", status.runner ?? "none"],
    ["data", status.exists ? status.data_dir : `${status.data_dir} (not made yet: looop makes it)`],
    ["config", status.config],
  ];
  const lines = rows.flatMap(([name, text]) =>
    labelRow(name.padEnd(11), text, { ...view, paintLabel: view.dim })
  );
  if (attention.length === 0) return lines.concat("", "").join("\n").trimEnd() + "\n";
  lines.push("", view.yellow("needs you"));
  for (const line of attention) lines.push(...hangText("  ⚑ ", safeLine(line), view.columns));
  return lines.map((line) => `${line}\n`).join("");
}

function running({ pid, interval_s }: Status["pulse"]): string {
  return `running${pid === null ? "" : ` (pid ${pid})`}, every ${interval_s} s`;
}

function lastTick({ last_tick }: Status, now: Date): string {
  if (last_tick === null) return "none yet";
  return `${last_tick.outcome}, ${duration(now.getTime() - Date.parse(last_tick.at))} ago`;
}

/** Where there is a budget in dollars, or one that holds. */
function budgetRow({ usd_per_day, usd_per_worker, spent_today_usd, held }: BudgetStatus): Row[] {
  const parts = [
    ...(usd_per_day === null ? [] : [`${usd(spent_today_usd)} of ${usd(usd_per_day)} today`]),
    ...(usd_per_worker === null ? [] : [`at most ${usd(usd_per_worker)} a worker`]),
    ...(held ? [`${held.lifted ? "lifted for today" : "held"}: ${held.why}`] : []),
  ];
  return parts.length === 0 ? [] : [["budget", parts.join("; ")]];
}

/** How many of them stand how: `2 running, 1 waiting (looop ls)`. */
function workers({ workers }: Status): string {
  const counts = new Map<string, number>();
  for (const { state } of workers) counts.set(state, (counts.get(state) ?? 0) + 1);
  return `${[...counts].map(([state, count]) => `${count} ${state}`).join(", ")} (looop ls)`;
}

function today({ known_cost_today_usd, unknown_costs_today }: Status): string {
  const known = usd(known_cost_today_usd);
  if (unknown_costs_today === 0) return known;
  const calls = unknown_costs_today === 1 ? "one call" : `${unknown_costs_today} calls`;
  return `${known_cost_today_usd === 0 ? "" : `${known} and `}${calls} of unknown cost`;
}

/** Renders one finding: its level, what was found, and the remedy below it. */
export function renderFinding({ check, level, found, fix }: Finding, view: View): string {
  const paintLabel = (label: string) => label.replace(level, paintOf(level, view));
  const lines = labelRow(level.padEnd(6), `${check}: ${found}`, { ...view, paintLabel });
  if (fix !== null) {
    lines.push(...hangText("      fix: ", safeLine(fix), view.columns).map(view.bold));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Renders the number of findings by level, such as `23 ok, 2 warn, 1 fail`. */
export function renderFindings(findings: Finding[], view: View): string {
  const counts = (["ok", "warn", "fail"] as const).map((level) => ({
    level,
    count: findings.filter((one) => one.level === level).length,
  }));
  const parts = counts.map(({ level, count }) => {
    const text = `${count} ${level}`;
    return count === 0 ? text : paintOf(level, view)(text);
  });
  return `\n${parts.join(", ")}\n`;
}

function paintOf(level: Level, view: View): Paint {
  return { ok: view.green, warn: view.yellow, fail: view.red }[level];
}
