import { unicodeWidth } from "@std/unicode-width";
import { fitText } from "./text.ts";
import type { Paint, View } from "./view.ts";

/** A text of one line, and how it is painted; a last one may be as long as it likes. */
export type Cell = [text: string, paint?: Paint];

/** Where there is no terminal, the most columns of the last cell. */
const MAX_LAST = 200;
/** Fewer columns of the last cell than this say nothing: then those before it are left out, the rightmost first. */
const LEAST_LAST = 16;

const same: Paint = (text) => text;

/**
 * Lays out a table: one line each, cut to the terminal's width. Where that is narrow the columns between the first
 * and the last are left out, the rightmost first; so are those that are empty.
 */
export function renderTable(heads: string[], rows: Cell[][], view: View): string {
  const last = heads.length - 1;
  const widths = heads.map((head, i) =>
    Math.max(unicodeWidth(head), ...rows.map((row) => unicodeWidth(row[i][0])))
  );
  let shown = heads.map((_, i) => i)
    .filter((i) => i === 0 || i === last || rows.some((row) => row[i][0] !== ""));
  const columns = view.columns ?? Infinity;
  widths[0] = Math.min(widths[0], Math.max(8, Math.floor(columns / 3)));
  const before = () => shown.slice(0, -1).reduce((sum, i) => sum + widths[i] + 2, 0);
  while (shown.length > 2 && columns - before() < Math.min(LEAST_LAST, widths[last])) {
    shown = shown.toSpliced(-2, 1);
  }
  const room = Math.min(columns - before(), MAX_LAST);
  const lineOf = (cells: Cell[]) =>
    shown.map((i) => {
      const [text, paint = same] = cells[i];
      if (i === last) return room < 3 ? "" : paint(fitText(text, room));
      const fitting = fitText(text, widths[i]);
      return paint(fitting) + " ".repeat(widths[i] - unicodeWidth(fitting) + 2);
    }).join("").trimEnd();
  const lines = [heads.map((head): Cell => [head, view.dim]), ...rows].map(lineOf);
  return lines.map((line) => `${line}\n`).join("");
}
