import { unicodeWidth } from "@std/unicode-width";
import type { Spend, SpendSum } from "../model/spend.ts";
import { fitText } from "./fit_text.ts";
import { sumCost } from "./format_cost.ts";
import { dateTime } from "./format_time.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";

/** Narrower terminals are not shown tokens. */
const WIDTH_FOR_TOKENS = 72;

/** Shows what runner calls cost: in total, and by day, kind, runner, model and goal. */
export function renderCost(spend: Spend, view: View): string {
  const since = spend.since === null ? "in all" : `since ${dateTime(new Date(spend.since))}`;
  const lines: string[] = [];
  if (spend.total.calls === 0) lines.push(`no runner calls ${since}`);
  else lines.push(...tableOf(spend, since, view));
  if (spend.broken_lines > 0) {
    const count = spend.broken_lines === 1 ? "one line" : `${spend.broken_lines} lines`;
    lines.push(
      "",
      view.yellow(
        `${count} of cost.jsonl cannot be read, and ${
          count === "one line" ? "is" : "are"
        } not counted`,
      ),
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

function tableOf(spend: Spend, since: string, view: View): string[] {
  const withTokens = view.columns === null || view.columns >= WIDTH_FOR_TOKENS;
  const head = ["calls", "cost", ...withTokens ? ["tokens in", "cached", "out"] : []];
  const groups: [title: string, rows: { key: string | null; sum: SpendSum }[]][] = [
    [since, [{ key: "total", sum: spend.total }]],
  ];
  for (const by of ["kind", "runner", "model", "goal", "day"] as const) {
    groups.push([`by ${by}`, spend[`by_${by}`].map((row) => ({ key: row.key, sum: row }))]);
  }
  const cells = groups.map(([, rows]) => rows.map(({ sum }) => cellsOf(sum, withTokens)));
  const widths = head.map((title, i) =>
    Math.max(title.length, ...cells.flat().map((row) => row[i].length))
  );
  const numbers = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = view.columns === null ? 64 : Math.max(view.columns - numbers - 2, 8);
  const keys = groups.map(([title, rows]) => rows.map(({ key }) => `  ${keyText(key, title)}`));
  const keyWidth = Math.min(Math.max(...keys.flat().map(unicodeWidth), since.length), room);
  const line = (key: string, row: string[]) =>
    padEnd(fitText(key, keyWidth), keyWidth) +
    row.map((cell, i) => `  ${cell.padStart(widths[i])}`).join("");
  return groups.flatMap(([title, rows], i) => [
    ...i === 0 ? [view.dim(line(title, head))] : ["", view.dim(title)],
    ...rows.map((_, j) => line(keys[i][j], cells[i][j])),
  ]);
}

function cellsOf(sum: SpendSum, withTokens: boolean): string[] {
  const tokens = [sum.input_tokens, sum.cached_input_tokens, sum.output_tokens];
  return [sum.calls, sumCost(sum), ...withTokens ? tokens : []].map((cell) =>
    typeof cell === "number" ? thousands(cell) : cell
  );
}

function keyText(key: string | null, title: string): string {
  if (key !== null) return safeLine(key);
  return title === "by goal" ? "(no goal)" : "(unknown)";
}

function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(columns - unicodeWidth(text), 0));
}

/** By hand, since the first `toLocaleString` takes 10 ms. */
function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
