import type { Ask, AttentionItem } from "../../schema/ask.ts";
import { fitText, hangText, quoteBlock, safeLine } from "./text.ts";
import { duration, type View } from "./view.ts";

/** Where there is no terminal, the most columns of a line that only reminds of a question. */
const MAX_LINE = 200;

/**
 * Shows everything that waits for a human, whole, with the commands that see to it.
 *
 * @param refusals why a yes would count for nothing, by id of the approval
 */
export function renderAsks(
  asks: Ask[],
  view: View,
  now: Date,
  refusals: ReadonlyMap<string, string> = new Map(),
): string {
  if (asks.length === 0) return "nothing waits for you\n";
  return asks.map((ask) => renderAsk(ask, view, now, refusals.get(ask.id))).join("\n");
}

function renderAsk(ask: Ask, view: View, now: Date, refusal?: string): string {
  const { id, kind, question, options, ref, approval } = ask;
  const until = approval
    ? `, expires in ${duration(Date.parse(approval.expires_at) - now.getTime())}`
    : "";
  const asked = duration(now.getTime() - Date.parse(ask.asked_at));
  const lines = [view.bold(id) + view.dim(`  ${kind}, asked ${asked} ago${until}`)];
  lines.push(...quoteBlock(question, view.columns, "words"));
  if (approval) {
    lines.push("  what a yes does:", ...quoteBlock(approval.preview, view.columns, "columns"));
  }
  if (ref !== undefined) lines.push(...hangText("  about ", safeLine(ref), view.columns));
  for (const option of options ?? []) {
    lines.push(...hangText("  - ", safeLine(option), view.columns));
  }
  if (refusal !== undefined) {
    lines.push(...hangText("  ", `a yes would count for nothing: ${refusal}`, view.columns));
  }
  const commands = commandsFor(ask).slice(refusal === undefined ? 0 : 1);
  lines.push(...commands.map((command) => `  ${view.yellow(command)}`));
  return lines.map((line) => `${line}\n`).join("");
}

/** Tells in two lines each what waits for a human: for after a tick. */
export function renderBanner(asks: Ask[], view: View): string {
  const count = asks.length === 1 ? "one thing waits" : `${asks.length} things wait`;
  const fit = (text: string) => fitText(text, view.columns ?? MAX_LINE);
  const lines = [view.yellow(fit(`⚑ ${count} for you: looop asks shows all of it`))];
  for (const ask of asks) {
    lines.push(fit(`  ${safeLine(ask.question)}`), `    ${view.bold(commandsFor(ask)[0])}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function commandsFor({ id, kind }: Ask): string[] {
  return kind === "approval"
    ? [`looop approve ${id}`, `looop reject ${id} "why not"`]
    : [`looop answer ${id} "…"`];
}

/** Shows what needs a human, each with the commands that see to it. */
export function renderAttention(items: AttentionItem[], view: View): string {
  return items.flatMap((item) => [
    view.bold(headOf(item)),
    ...quoteBlock(item.text, view.columns, "words"),
    ...(item.options ?? []).flatMap((option) => hangText("  - ", safeLine(option), view.columns)),
    ...attentionCommands(item).map((command) => `  ${view.yellow(command)}`),
  ]).map((line) => `${line}\n`).join("");
}

function headOf({ kind, ask, worker }: AttentionItem): string {
  switch (kind) {
    case "question":
    case "approval":
      return `⚑ ${worker ?? "the loop"} asks: ${ask} (${kind})`;
    case "flag":
      return `⚑ ${worker} waits for you`;
    case "pulse":
      return "⚑ nothing ticks";
    case "parked":
      return "⚑ the loop is parked";
  }
}

function attentionCommands({ kind, ask, worker }: AttentionItem): string[] {
  switch (kind) {
    case "question":
      return [`looop answer ${ask} "…"`, ...worker === undefined ? [] : [`looop attach ${worker}`]];
    case "approval":
      return ["looop asks", `looop approve ${ask}`, `looop reject ${ask} "why not"`];
    case "flag":
      return [`looop attach ${worker}`, `looop unflag ${worker}`];
    case "pulse":
      return ["looop up"];
    case "parked":
      return ["looop resume"];
  }
}
