import { unicodeWidth } from "@std/unicode-width";
import { fitText } from "./text.ts";
import { joinLines, type Paint, type View } from "./view.ts";

/** A text of one line and its style; the last cell of a row may have any length. */
export type Cell = [text: string, paint?: Paint];

/** The maximum columns of the last cell if there is no terminal. */
const MAX_LAST = 200;
/** The last cell needs this many columns to be useful; columns before it are dropped for it, the rightmost first. */
const MIN_LAST = 16;
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
