import { unicodeWidth } from "@std/unicode-width";
import { sumSpend } from "../../budget/ledger.ts";
import { send } from "../../mailbox/client.ts";
import { UsageError } from "../../schema/errors.ts";
import type { Spend, SpendSum } from "../../schema/ledger.ts";
import { plural, startOfDay, usd } from "../../schema/text.ts";
import type { Command, CommandContext } from "../command.ts";
import { fitText, safeLine } from "../output/text.ts";
import { dateTime, joinLines, thousands, type View } from "../output/view.ts";
import { recordOf } from "../worker_ref.ts";
import { NOT_RECEIVED } from "./agent.ts";

/** `looop cost`: prints what runner calls cost; `add` records what a worker spent. */
export const costCommand: Command = {
  usage: "looop cost [today|all] [--json] | looop cost add <id> <usd>",
  words: "[today|all|add] [id] [usd]",
  completes: (before) =>
    before.length === 0 ? ["today", "all", "add"] : before[0] === "add" ? "worker" : null,
  async run(context) {
    const { words: [span = "today", ...rest], switches, print, open } = context;
    if (span === "add" && switches.has("json")) {
      throw new UsageError("--json has no effect with add");
    }
    if (span === "add" && rest.length === 2) return await addCost(context, rest);
    if (span === "add") throw new UsageError(`missing argument ${["<id>", "<usd>"][rest.length]}`);
    if (span !== "today" && span !== "all") {
      throw new UsageError(`unknown period ${span}; use today or all`);
    }
    if (rest.length > 0) throw new UsageError(`unexpected argument ${rest[0]}`);
    const profile = await open();
    const since = span === "all" ? null : startOfDay(profile.clock.now());
    const spend = await sumSpend(profile, { since });
    await print(spend, (view) => renderCost(spend, view));
  },
};

/** More than any worker costs: a larger amount is in another unit. */
const MAX_USD = 100_000;

async function addCost(
  { say, open }: CommandContext,
  [name, dollars]: string[],
): Promise<void> {
  const usd = /^\d*\.?\d+(e-?\d+)?$/i.test(dollars) ? Number(dollars) : NaN;
  if (!(usd <= MAX_USD)) {
    throw new UsageError(
      `${dollars} is not an amount; use US dollars such as 0.42, at most ${MAX_USD}`,
    );
  }
  const profile = await open();
  const record = await recordOf(profile, name);
  const sent = await send(profile, record, { say: "cost", usd });
  say(
    !sent
      ? NOT_RECEIVED
      : sent.value
      ? `recorded $${dollars} for ${record.id}\n`
      : `not recorded: looop reads the records of ${record.runner} when ${record.id} ends\n`,
  );
}

/** The minimum width of a terminal that shows tokens. */
const MIN_WIDTH_FOR_TOKENS = 72;

/** Renders what runner calls cost: in total, and by kind, runner, model, goal and day. */
export function renderCost(spend: Spend, view: View): string {
  const { total, broken_lines: broken } = spend;
  const since = spend.since === null ? "in total" : `since ${dateTime(new Date(spend.since))}`;
  const lines = total.calls === 0 ? [`no runner calls ${since}`] : tableOf(spend, since, view);
  if (broken > 0) {
    const count = plural(broken, "invalid line");
    lines.push("", view.yellow(`not counted: ${count} of cost.jsonl`));
  }
  return joinLines(lines);
}

function tableOf(spend: Spend, since: string, view: View): string[] {
  const withTokens = view.columns === null || view.columns >= MIN_WIDTH_FOR_TOKENS;
  const head = ["calls", "cost", ...withTokens ? ["tokens in", "cached", "out"] : []];
  const rows: [key: string, cells: string[]][] = [
    [since, head],
    ["  total", cellsOf(spend.total, withTokens)],
  ];
  for (const by of ["kind", "runner", "model", "goal", "day"] as const) {
    rows.push(["", []], [view.dim(`by ${by}`), []]);
    const unnamed = by === "goal" ? "(no goal)" : "(unknown)";
    for (const row of spend[`by_${by}`]) {
      const key = row.key === null ? unnamed : safeLine(row.key);
      const mark = row.finished ? " (finished)" : "";
      rows.push([`  ${key}${mark}`, cellsOf(row, withTokens)]);
    }
  }
  const full = rows.filter(([, cells]) => cells.length > 0);
  const widths = head.map((_, i) => Math.max(...full.map(([, cells]) => cells[i].length)));
  const numbers = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = view.columns === null ? 64 : Math.max(view.columns - numbers - 2, 8);
  const keyWidth = Math.min(Math.max(...full.map(([key]) => unicodeWidth(key))), room);
  return rows.map(([key, cells], i) => {
    if (cells.length === 0) return key;
    const fitting = fitText(key, keyWidth);
    const line = fitting + " ".repeat(keyWidth - unicodeWidth(fitting)) +
      cells.map((cell, i) => `  ${cell.padStart(widths[i])}`).join("");
    return i === 0 ? view.dim(line) : line;
  });
}

function cellsOf(sum: SpendSum, withTokens: boolean): string[] {
  const tokens = [sum.input_tokens, sum.cached_input_tokens, sum.output_tokens];
  return [thousands(sum.calls), sumCost(sum), ...withTokens ? tokens.map(thousands) : []];
}

/** A sum that never counts an unknown cost as $0: `$0.4312 + 2 unknown`. */
function sumCost({ calls, cost_usd, unknown_costs }: SpendSum): string {
  if (unknown_costs === 0) return usd(cost_usd);
  return unknown_costs === calls ? "unknown" : `${usd(cost_usd)} + ${unknown_costs} unknown`;
}
