import type { ChangeItem } from "../../inbox/changes.ts";
import type { Waited } from "../../inbox/wait.ts";
import { duration } from "../../schema/text.ts";
import { type Ask, type AttentionItem, isSnoozed } from "../../schema/ask.ts";
import { fitText, hangText, quoteBlock, safeLine } from "./text.ts";
import { dateTime, joinLines, type View } from "./view.ts";

/** The maximum columns of a question in the banner if there is no terminal. */
const MAX_LINE = 200;

/**
 * Renders open asks in full, each with the commands that answer it.
 *
 * @param refusals why an approval would have no effect, by id of the ask
 */
export function renderAsks(
  asks: Ask[],
  view: View,
  now: Date,
  refusals: ReadonlyMap<string, string> = new Map(),
): string {
  if (asks.length === 0) return "nothing needs you\n";
  return asks.map((ask) => renderAsk(ask, view, now, refusals.get(ask.id))).join("\n");
}

function renderAsk(ask: Ask, view: View, now: Date, refusal?: string): string {
  const { id, kind, question, options, ref, approval, snoozed_until } = ask;
  const until = approval
    ? `, expires in ${duration(Date.parse(approval.expires_at) - now.getTime())}`
    : "";
  const asked = duration(now.getTime() - Date.parse(ask.asked_at));
  const snoozed = snoozed_until !== undefined && isSnoozed(ask, now.toISOString())
    ? `, snoozed until ${dateTime(new Date(snoozed_until))}`
    : "";
  const lines = [view.bold(id) + view.dim(`  ${kind}, asked ${asked} ago${until}${snoozed}`)];
  lines.push(...quoteBlock(question, view.columns, "words"));
  if (approval) {
    lines.push("  approving this does:", ...quoteBlock(approval.preview, view.columns, "columns"));
  }
  if (ref !== undefined) lines.push(...hangText("  about ", safeLine(ref), view.columns));
  for (const option of options ?? []) {
    lines.push(...hangText("  - ", safeLine(option), view.columns));
  }
  if (refusal !== undefined) {
    lines.push(...hangText("  ", `cannot be approved: ${refusal}`, view.columns));
  }
  const commands = commandsFor(kind, id).slice(refusal === undefined ? 0 : 1);
  lines.push(...commands.map((command) => `  ${view.yellow(command)}`));
  return joinLines(lines);
}

/** Renders the asks that a tick prints: two lines each. */
export function renderBanner(asks: Ask[], view: View): string {
  const count = asks.length === 1 ? "1 ask needs" : `${asks.length} asks need`;
  const fit = (text: string) => fitText(text, view.columns ?? MAX_LINE);
  const lines = [view.yellow(fit(`⚑ ${count} you; details: looop asks`))];
  for (const ask of asks) {
    lines.push(
      fit(`  ${safeLine(ask.question)}`),
      `    ${view.bold(commandsFor(ask.kind, ask.id)[0])}`,
    );
  }
  return joinLines(lines);
}

function commandsFor(kind: Ask["kind"], id: string | undefined): string[] {
  return kind === "approval"
    ? [`looop approve ${id}`, `looop reject ${id} "…"`]
    : [`looop answer ${id} "…"`];
}

/** Renders what needs the user, each item with the commands for it. */
export function renderAttention(items: Waited["items"], view: View): string {
  return joinLines(items.flatMap((item) =>
    isChange(item) ? changeLines(item, view) : [
      view.bold(headOf(item)),
      ...quoteBlock(item.text, view.columns, "words"),
      ...(item.options ?? []).flatMap((option) => hangText("  - ", safeLine(option), view.columns)),
      ...attentionCommands(item).map((command) => `  ${view.yellow(command)}`),
    ]
  ));
}

function isChange(item: Waited["items"][number]): item is ChangeItem {
  return item.kind === "journal" || item.kind === "goal_change";
}

function changeLines({ at, text, tainted }: ChangeItem, view: View): string[] {
  const head = at === undefined ? "" : `${dateTime(new Date(at))}  `;
  return hangText(head, safeLine(`${tainted ? "~ " : ""}${text}`), view.columns);
}

function headOf({ kind, ask, worker }: AttentionItem): string {
  switch (kind) {
    case "question":
    case "approval":
      return `⚑ ${worker ?? "the loop"} asks: ${ask} (${kind})`;
    case "flag":
      return `⚑ ${worker} waits for you`;
    case "pulse":
      return "⚑ no pulse is running";
    case "parked":
      return "⚑ the loop stopped deciding";
  }
}

function attentionCommands({ kind, ask, worker }: AttentionItem): string[] {
  switch (kind) {
    case "question":
      return [...commandsFor(kind, ask), ...worker === undefined ? [] : [`looop attach ${worker}`]];
    case "approval":
      return ["looop asks", ...commandsFor(kind, ask)];
    case "flag":
      return [`looop attach ${worker}`, `looop unflag ${worker}`];
    case "pulse":
      return ["looop up"];
    case "parked":
      return ["looop resume"];
  }
}
