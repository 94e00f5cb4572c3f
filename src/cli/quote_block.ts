import { withoutLastBreaks } from "../model/without_last_breaks.ts";
import { headOf } from "./fit_text.ts";
import { safeText } from "./safe_text.ts";
import { LEAST_WIDTH, wrapText } from "./wrap_text.ts";

/** How long lines are broken: `words` reads better; `columns` leaves nothing out, not even a space. */
export type BreakAt = "words" | "columns";

/**
 * Sets a text from outside apart, safe to show: no line of it can pass for one of looop's own. Where a line is
 * too long for the terminal, it goes on behind `┊`.
 */
export function quoteBlock(text: string, columns: number | null, breakAt: BreakAt): string[] {
  const width = columns === null ? null : Math.max(columns - 4, LEAST_WIDTH);
  const lines = withoutLastBreaks(safeText(text)).split("\n");
  return lines.flatMap((line) => {
    const parts = breakAt === "words" ? wrapText(line, width) : chop(line, width);
    return parts.map((part, i) => `  ${i === 0 ? "│" : "┊"} ${part}`);
  });
}

function chop(line: string, width: number | null): string[] {
  if (width === null) return [line];
  const parts: string[] = [];
  let rest = line;
  do {
    const part = headOf(rest, width);
    parts.push(part);
    rest = rest.slice(part.length);
  } while (rest !== "");
  return parts;
}
