import type { TickResult } from "../model/tick_result.ts";
import { tickCost } from "./format_cost.ts";
import { safeLine } from "./safe_text.ts";
import type { View } from "./view.ts";
import { hangText } from "./wrap_text.ts";
import { quoteBlock } from "./quote_block.ts";

/** Shows a dry run's move: what it is, who decided it, what policy says of it, and what deciding cost. */
export function renderPlan(result: TickResult & { outcome: "planned" }, view: View): string {
  const { decision: { by, source, move }, verdict } = result;
  const { action, journal, ...fields } = move;
  const rows = [
    ["move", action],
    ["journal", safeLine(journal)],
    ["decided by", `${by} ${safeLine(source)}`],
    ["policy", `${verdict.then}, rule ${safeLine(verdict.rule)}: ${safeLine(verdict.why)}`],
    ["price", tickCost(result.cost_usd) || "nothing: no runner was called"],
    ["made", "nothing: this is a dry run"],
  ];
  const lines = rows.flatMap(([name, text]) => {
    const label = name.padEnd(12);
    const [first, ...rest] = hangText(label, text, view.columns);
    return [view.dim(label) + first.slice(label.length), ...rest];
  });
  for (const [name, value] of Object.entries(fields)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    lines.push(view.dim(`${name}:`), ...quoteBlock(text, view.columns, "columns"));
  }
  return lines.map((line) => `${line}\n`).join("");
}
