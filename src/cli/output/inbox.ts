import type { ChangeItem } from "../../inbox/changes.ts";
import type { Waited } from "../../inbox/wait.ts";
import { duration } from "../../schema/text.ts";
import {
  approveAll,
  type Ask,
  askEntries,
  askerOf,
  type AttentionItem,
  commandsFor,
  isSnoozed,
  proposalGroups,
} from "../../schema/ask.ts";
import { fitText, hangText, quoteBlock, safeLine } from "./text.ts";
import { dateTime, joinLines, labelled, type View } from "./view.ts";

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
  const groups = proposalGroups(asks);
  return asks.map((ask) => {
    const text = renderAsk(ask, view, now, refusals.get(ask.id));
    const group = groups.find((group) => group.at(-1) === ask);
    if (!group) return text;
    return `${text}\n${
      view.bold(`the ${group.length} proposals of worker ${ask.proposer}, all at once`)
    }\n` +
      `  ${view.yellow(approveAll(ask))}\n`;
  }).join("\n");
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
  const about = `${kind} of ${askerOf(ask)}, asked ${asked} ago${until}${snoozed}`;
  const lines = labelled(`${id}  `, about, view, view.dim, view.bold);
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
  const commands = commandsFor(ask).slice(refusal === undefined ? 0 : 1);
  lines.push(...commands.map((command) => `  ${view.yellow(command)}`));
  return joinLines(lines);
}

/** Renders the asks that a tick prints: two lines each, and two for all that one worker proposes. */
export function renderBanner(asks: Ask[], view: View): string {
  const count = asks.length === 1 ? "1 ask needs" : `${asks.length} asks need`;
  const fit = (text: string) => fitText(text, view.columns ?? MAX_LINE);
  const lines = [view.yellow(fit(`⚑ ${count} you; details: looop asks`))];
  for (const { text, command } of askEntries(asks)) {
    lines.push(fit(`  ${safeLine(text)}`), `    ${view.bold(command)}`);
  }
  return joinLines(lines);
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

function headOf({ kind, from, ask, goal }: AttentionItem): string {
  switch (kind) {
    case "question":
    case "approval":
    case "over_budget":
      return `⚑ ${from} asks: ${ask} (${kind.replace("_", " ")})`;
    case "flag":
      return `⚑ ${from} waits for you`;
    case "pulse":
      return "⚑ no pulse is running";
    case "parked":
      return "⚑ the loop stopped deciding";
    case "goal":
      return `⚑ goal ${goal}`;
    default:
      return `⚑ ${kind.replace("_", " ")}`;
  }
}

function attentionCommands({ kind, ask, options, setup, worker, goal }: AttentionItem): string[] {
  switch (kind) {
    case "question":
      return [
        ...commandsFor({ kind, id: ask, options, setup }),
        ...worker === undefined ? [] : [`looop attach ${worker}`],
      ];
    case "over_budget":
      return [`looop answer ${ask} lift`];
    case "approval":
      return ["looop asks", ...commandsFor({ kind, id: ask })];
    case "flag":
      return [`looop attach ${worker}`, `looop unflag ${worker}`];
    case "pulse":
      return ["looop up"];
    case "parked":
      return ["looop resume"];
    case "goal":
      return [`looop goal show ${goal}`];
    default:
      return [];
  }
}

/** Renders what waits without a question, two lines each: flags of workers, and goals that are late or have stalled. */
export function renderFlags(items: AttentionItem[], view: View): string {
  const fit = (text: string) => fitText(text, view.columns ?? MAX_LINE);
  return joinLines(items.flatMap(({ worker, goal, text }) => [
    view.yellow(
      fit(safeLine(worker === undefined ? `⚑ ${text}` : `⚑ ${worker} waits for you: ${text}`)),
    ),
    `    ${view.bold(worker === undefined ? `looop goal show ${goal}` : `looop attach ${worker}`)}`,
  ]));
}
