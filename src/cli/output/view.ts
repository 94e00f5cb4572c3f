import { unicodeWidth } from "@std/unicode-width";
import type { Terminal } from "../../os/terminal.ts";
import { localDay, localTime } from "../../schema/text.ts";
import { fitText, hangText, safeText } from "./text.ts";

/** Applies a style to a text. */
export type Paint = (text: string) => string;

/** The width and the styles that text is rendered with. */
export interface View {
  /** Columns of the terminal; `null`: no terminal, so lines are not broken. */
  columns: number | null;
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

const same: Paint = (text) => text;

/** No terminal and no colours. */
export const PLAIN: View = {
  columns: null,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
};

/** The current width and styles of stdout. */
export async function viewOf(terminal: Terminal): Promise<View> {
  const columns = terminal.columns();
  if (!terminal.colors) return { ...PLAIN, columns };
  const { bold, dim, red, green, yellow } = await import("@std/colors");
  return { columns, bold, dim, red, green, yellow };
}

/** Ends each line with a line break. */
export function joinLines(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

/** Renders a value behind its label, broken to the width, with all lines aligned. */
export function labelled(
  label: string,
  text: string,
  view: View,
  paint: Paint = same,
  paintLabel: Paint = view.dim,
): string[] {
  const [first, ...rest] = hangText(label, text, view.columns);
  return [paintLabel(label) + paint(first.slice(label.length)), ...rest.map(paint)];
}

/** `12,345`. The first call of `toLocaleString` would take 10 ms. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The time of day in the host's time zone: `09:30:12`. */
export function clockTime(at: Date): string {
  return at.toTimeString().slice(0, 8);
}

/** A date and time in the host's time zone: `2026-11-23 09:30`. */
export function dateTime(at: Date): string {
  return `${localDay(at)} ${localTime(at)}`;
}

/** Prints a file: on a terminal with control characters escaped, into a pipe unchanged; masked in both. */
export function showFile(terminal: Terminal, bytes: Uint8Array): void {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  if (terminal.columns() === null) return terminal.out(text);
  const safe = safeText(text);
  terminal.out(safe === "" || safe.endsWith("\n") ? safe : `${safe}\n`);
}

/** A text of one line and its style; the last cell of a row may have any length. */
export type Cell = [text: string, paint?: Paint];

/** The maximum columns of the last cell without a terminal. */
const MAX_LAST = 200;
/** The last cell needs this many columns to be useful; columns before it are dropped for it, the rightmost first. */
const MIN_LAST = 30;
const MIN_FIRST = 8;

/**
 * Renders a table with one line per row, cut to the terminal's width. Empty columns are omitted, and in a narrow
 * terminal also those between the pinned columns and the last one.
 *
 * @param pinned how many columns are never dropped. Default: the first
 */
export function renderTable(heads: string[], rows: Cell[][], view: View, pinned = 1): string {
  const last = heads.length - 1;
  const columns = view.columns ?? Infinity;
  const widths = heads.map((head, i) =>
    Math.max(unicodeWidth(head), ...rows.map((row) => unicodeWidth(row[i][0])))
  );
  widths[0] = Math.min(widths[0], Math.max(MIN_FIRST, Math.floor(columns / 3)));
  let shown = heads.map((_, i) => i)
    .filter((i) => i < pinned || i === last || rows.some((row) => row[i][0] !== ""));
  const startOf = (column: number) =>
    shown.filter((i) => i < column).reduce((sum, i) => sum + widths[i] + 2, 0);
  while (shown.length > pinned + 1 && columns - startOf(last) < Math.min(MIN_LAST, widths[last])) {
    shown = shown.toSpliced(-2, 1);
  }
  const lineOf = (cells: Cell[]) => {
    let line = "";
    let end = 0;
    for (const i of shown.filter((i) => cells[i][0] !== "")) {
      const [text, paint = (text) => text] = cells[i];
      const start = startOf(i);
      const room = Math.min(columns - start, i === last ? MAX_LAST : widths[i]);
      // A cut text takes at least three columns: a wide character and the ellipsis.
      if (room < 3 && unicodeWidth(text) > room) break;
      const fitting = fitText(text, room);
      line += " ".repeat(start - end) + paint(fitting);
      end = start + unicodeWidth(fitting);
    }
    return line;
  };
  return joinLines([heads.map((head): Cell => [head, view.dim]), ...rows].map(lineOf));
}
