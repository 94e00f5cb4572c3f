import { unicodeWidth } from "@std/unicode-width";
import { usd } from "../../schema/text.ts";
import { fitText, safeLine, safeText, wrapText } from "../output/text.ts";
import { describeTick } from "../output/status.ts";
import { clockTime, type Paint, type View } from "../output/view.ts";
import { ACTIONS } from "./actions.ts";
import type { Dashboard } from "./dashboard.ts";
import type { Item } from "./items.ts";
import type { Line } from "./line.ts";

/** The size of a terminal in characters. */
export interface Size {
  columns: number;
  rows: number;
}

/** Below so many columns, the peek is below the list. */
const TWO_COLUMNS = 90;
/** The header, the last command, and the keys. */
const FIXED_ROWS = 3;
const MAX_CELL = 24;

/** Renders the whole screen: as many lines as it has rows, none wider than it. Notes what the user could read. */
export function renderFrame(board: Dashboard, { columns, rows }: Size, view: View): string[] {
  const height = Math.max(rows - FIXED_ROWS, 1);
  const full = board.enlarged || board.page !== null;
  const wide = !full && columns >= TWO_COLUMNS;
  const left = wide ? Math.min(Math.max(44, Math.floor(columns * 0.45)), 100) : columns;
  const right = wide ? columns - left - 3 : columns;
  const listRows = full ? 0 : wide ? height : Math.ceil((height - 1) / 2);
  const peekRows = full || wide ? height : height - 1 - listRows;
  const list = renderList(board, left, listRows, view);
  const peek = renderPeek(board, { columns: right, rows: peekRows }, view);
  const body = full
    ? peek
    : wide
    ? list.map((line, row) => `${line} ${view.dim("│")} ${peek[row]}`)
    : [...list, view.dim("─".repeat(columns)), ...peek];
  return [
    renderHeader(board, columns, view),
    ...body,
    fitText(renderMessage(board, columns), columns),
    view.dim(fitText(keysFor(board, columns), columns)),
  ].slice(0, rows);
}

/** The title of the terminal. */
export function titleOf(board: Dashboard): string {
  const { status } = board;
  const count = board.waiting();
  const parts = [
    ...(count > 0 ? [`${count} waiting`] : []),
    ...(status.tick ? [status.tick.doing] : []),
  ];
  return parts.length === 0 ? "looop" : `looop: ${parts.join(", ")}`;
}

/** A part of the header, and what stands for it where the whole one does not fit. */
type HeaderPart = [text: string, short: string, paint: Paint];

function renderHeader(board: Dashboard, columns: number, view: View): string {
  const parts = headerParts(board, view);
  const width = parts.reduce((sum, [text]) => sum + 2 + unicodeWidth(text), NAME.length);
  let line = view.bold(NAME);
  let used = NAME.length;
  for (const [text, short, paint] of parts) {
    const shown = width <= columns ? text : short;
    if (used + 2 + unicodeWidth(shown) > columns) break;
    line += `  ${paint(shown)}`;
    used += 2 + unicodeWidth(shown);
  }
  return line;
}

const NAME = "looop";

function headerParts(board: Dashboard, view: View): HeaderPart[] {
  const { status, now } = board;
  const { pulse, paused, last_tick, tick, budget } = status;
  const count = board.waiting();
  const next = last_tick?.next_at === undefined ? null : new Date(last_tick.next_at);
  const parts: HeaderPart[] = [
    [`⚑ ${count} waiting`, `⚑ ${count}`, count > 0 ? view.yellow : view.dim],
  ];
  if (paused) parts.push(["paused", "paused", view.yellow]);
  else if (!pulse.running) parts.push(["no pulse", "no pulse", view.red]);
  else if (!tick) parts.push(["pulse running", "running", view.green]);
  if (tick) {
    const text = safeLine(describeTick(tick, now));
    parts.push([text, text.replace(" for ", " "), view.green]);
  } else if (next && pulse.running && !paused) {
    const time = clockTime(next);
    const isDue = next <= now;
    parts.push([
      isDue ? "ticking" : `next tick ${time}`,
      isDue ? "ticking" : `next ${time.slice(0, 5)}`,
      view.dim,
    ]);
  }
  const spent = usd(budget.spent_today_usd);
  const unknown = budget.unknown_costs_today > 0 ? "+?" : "";
  const running = budget.running_workers_usd > 0
    ? `, running ${usd(budget.running_workers_usd)}`
    : "";
  const limit = budget.usd_per_day === null ? "" : ` of ${usd(budget.usd_per_day)}`;
  parts.push([
    `today ${spent}${unknown}${limit}${running}`,
    `${usd(budget.spent_today_usd + budget.running_workers_usd)}${unknown}${limit}`,
    view.dim,
  ]);
  return parts;
}

function renderList(board: Dashboard, columns: number, rows: number, view: View): string[] {
  const selected = board.selected();
  const lines: string[] = [];
  let at = 0;
  for (const { title, items } of board.groups()) {
    const waiting = items.filter(({ waits }) => waits).length;
    const head = `${title} ${items.length}${
      waiting > 0 && waiting < items.length ? `, ${waiting} waiting` : ""
    }`;
    lines.push(view.dim(pad(head, columns)));
    const widths = widthsOf(items);
    for (const item of items) {
      const isSelected = item.key === selected?.key;
      if (isSelected) at = lines.length;
      const mark = `${isSelected ? "▸" : " "}${item.waits ? "⚑" : " "}`;
      const line = pad(fitText(`${mark} ${rowOf(item, widths)}`, columns), columns);
      lines.push(isSelected ? view.bold(line) : item.waits ? view.yellow(line) : line);
    }
  }
  if (lines.length === 0) {
    const none = board.status.exists ? "nothing yet" : "nothing yet; looop sets it up";
    lines.push(pad(fitText(board.filter === "" ? none : "no match", columns), columns));
  }
  // The heading of the first group stays visible with its first item.
  const from = Math.max(0, Math.min(at <= 1 ? 0 : at - (rows >> 1), lines.length - rows));
  const shown = lines.slice(from, from + rows);
  return [...shown, ...Array(Math.max(0, rows - shown.length)).fill(" ".repeat(columns))];
}

function widthsOf(items: Item[]): number[] {
  const count = Math.max(...items.map(({ cells }) => cells.length));
  return Array.from({ length: count }, (_, i) => {
    const widths = items.map(({ cells }) => i < cells.length - 1 ? unicodeWidth(cells[i]) : 0);
    return Math.min(MAX_CELL, Math.max(...widths));
  });
}

function rowOf({ cells }: Item, widths: number[]): string {
  return cells.flatMap((cell, i) => {
    if (i === cells.length - 1) return [cell];
    return widths[i] === 0 ? [] : [pad(fitText(cell, widths[i]), widths[i])];
  }).join("  ");
}

function renderPeek(board: Dashboard, { columns, rows }: Size, view: View): string[] {
  const { page, peek } = board;
  const selected = board.selected();
  const fits = { ...view, columns };
  const lines = page
    ? [view.bold(page.title), ...wrapText(safeText(page.text), columns)]
    : peek && peek.key === selected?.key
    ? peek.render(fits, board.now)
    : selected
    ? [view.dim("…")]
    : [];
  const tail = page === null && peek?.tail === true;
  const max = Math.max(0, lines.length - rows);
  board.scroll = Math.min(board.scroll, max);
  board.pageLines = Math.max(1, rows - 2);
  const from = tail ? max - board.scroll : board.scroll;
  const shown = lines.slice(from, from + rows);
  const isCut = from + shown.length < lines.length && shown.length > 1 && !tail;
  if (isCut) {
    const count = lines.length - from - shown.length + 1;
    shown[shown.length - 1] = view.dim(fitText(`… ${count} more lines: PgDn`, columns));
  }
  if (page === null && peek?.key === selected?.key) {
    board.note(from, from + shown.length - (isCut ? 1 : 0), lines.length);
  }
  return [...shown, ...Array(Math.max(0, rows - shown.length)).fill("")];
}

function renderMessage({ question, message, filter }: Dashboard, columns: number): string {
  switch (question?.kind) {
    case "confirm":
      return `${question.question} y/n`;
    case "filter":
      return renderLine("/", question.line, columns);
    case "input":
      return renderLine(`${safeLine(question.label)} `, question.line, columns);
    default:
      return safeLine(message) || (filter === "" ? "" : `filter: ${filter} (Esc clears it)`);
  }
}

/** Columns for what is after the cursor of a line that is too long. */
const AFTER_CURSOR = 10;

function renderLine(label: string, line: Line, columns: number): string {
  const shown = (text: string) => safeText(text).replaceAll("\n", "⏎");
  const after = shown(line.after);
  const room = columns - Math.min(unicodeWidth(after), AFTER_CURSOR);
  // The end is what the user is typing.
  const characters = [...`${label}${shown(line.before)}|`];
  while (unicodeWidth(characters.join("")) > room) characters.shift();
  return characters.join("") + after;
}

function keysFor(board: Dashboard, columns: number): string {
  const { question } = board;
  if (question?.kind === "confirm") return "y confirms, any other key cancels";
  const picks = question?.kind === "input" && question.choices.length > 0;
  if (question) return `${picks ? "↑ ↓ pick an option, " : ""}Enter accepts, Esc cancels`;
  if (board.page) return "PgDn PgUp scroll, Esc closes";
  const item = board.selected();
  const actions = ACTIONS.filter(({ on }) => !on || item && on(item));
  const line = () => actions.map(({ label }) => label).join("  ");
  // What acts on the selected line stays, and how to find the others.
  const spare = actions.filter(({ on, key }) => !on && key !== "?" && key !== "q").reverse();
  for (const action of spare) {
    if (unicodeWidth(line()) <= columns) break;
    actions.splice(actions.indexOf(action), 1);
  }
  return line();
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - unicodeWidth(text)));
}
