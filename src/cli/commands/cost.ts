import { unicodeWidth } from "@std/unicode-width";
import { sumSpend } from "../../budget/totals.ts";
import { send } from "../../mailbox/client.ts";
import { UsageError } from "../../schema/errors.ts";
import { type Spend, type SpendSum, usd } from "../../schema/ledger.ts";
import { startOfDay } from "../../schema/text.ts";
import type { Command, CommandContext } from "../command.ts";
import { OK } from "../command.ts";
import { fitText, safeJson, safeLine } from "../output/text.ts";
import { dateTime, type View, viewOf } from "../output/view.ts";
import { recordOf } from "../worker_ref.ts";
import { NOT_RECEIVED } from "./agent.ts";

/** `looop cost [today|all]`: what runner calls cost; `add`: what a worker says that it has spent. */
export const costCommand: Command = {
  usage: "looop cost [today|all] [--json] | looop cost add <id> <usd>",
  switches: ["json"],
  completes: (before) =>
    before.length === 0 ? ["today", "all", "add"] : before[0] === "add" ? "worker" : null,
  words: { least: 0, most: 3 },
  async run(context) {
    const { words: [span = "today", ...rest], terminal, switches, open } = context;
    if (span === "add" && rest.length === 2) {
      return await addCost(context, rest);
    }
    if (span !== "today" && span !== "all" || rest.length > 0) {
      throw new UsageError(
        `cannot sum up ${
          [span, ...rest].join(" ")
        }: it is today or all\nusage: ${costCommand.usage}`,
      );
    }
    const profile = await open();
    const since = span === "all" ? null : startOfDay(profile.clock.now());
    const spend = await sumSpend(profile, { since });
    terminal.out(
      switches.has("json") ? `${safeJson(spend)}\n` : renderCost(spend, await viewOf(terminal)),
    );
    return OK;
  },
};

/** No worker costs more; what says so has a slip in its unit. */
const MOST_USD = 100_000;

/** `looop cost add <id> <usd>`: a worker says what it has spent. */
export async function addCost(
  { terminal, open }: CommandContext,
  [name, dollars]: string[],
): Promise<number> {
  const usd = /^\d*\.?\d+(e-?\d+)?$/i.test(dollars) ? Number(dollars) : NaN;
  if (!(usd <= MOST_USD)) {
    throw new UsageError(
      `${dollars} is no cost: give US dollars, such as 0.42, at most ${MOST_USD}\n` +
        "usage: looop cost add <id> <usd>",
    );
  }
  const profile = await open();
  const record = await recordOf(profile, name);
  const said = await send(profile, record, { say: "cost", usd });
  terminal.out(
    !said
      ? NOT_RECEIVED
      : said.value
      ? `noted $${dollars} for ${record.id}\n`
      : `not noted: ${record.runner} keeps records of its own, which are read when ${record.id} ends\n`,
  );
  return OK;
}

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

/** What one tick's calls cost; nothing where nobody was called, `null` being unknown. */
export function tickCost(cost: number | null): string {
  if (cost === null) return "cost unknown";
  return cost === 0 ? "" : usd(cost);
}

/** A sum that never passes off the unknown as nothing: `$0.4312 + 2 unknown`. */
export function sumCost({ calls, cost_usd, unknown_costs }: SpendSum): string {
  if (unknown_costs === 0) return usd(cost_usd);
  return unknown_costs === calls ? "unknown" : `${usd(cost_usd)} + ${unknown_costs} unknown`;
}
