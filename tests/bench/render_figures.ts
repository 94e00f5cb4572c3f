import { green, red } from "@std/colors";
import type { Measured } from "./measure_rows.ts";
import { type Figure, holds } from "./row.ts";

/** Columns of a narrow terminal. */
const WIDTH = 80;

/**
 * A table of the figures; under each, what it is measured against and what the figure does not say. Then a line for each
 * row that failed. What is not as it must be has a ✗.
 */
export function renderFigures({ figures, failures }: Measured, colours: boolean): string {
  const mark = (good: boolean) => !colours ? (good ? "✓" : "✗") : good ? green("✓") : red("✗");
  const cells = [["median", "range", "aim"], ...figures.map(cellsOf)];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column].length)));
  const room = WIDTH - 2 - widths.reduce((sum, width) => sum + width + 2, 0);
  const row = (what: string, [median, range, aim]: string[]) =>
    `${what.padEnd(room)}  ${median.padStart(widths[0])}  ${range.padStart(widths[1])}  ${aim}`;
  const lines = figures.length === 0 ? [] : [`  ${row("", cells[0])}`];
  for (const [index, figure] of figures.entries()) {
    const { what, floor, note } = figure;
    const [first, ...rest] = fold(what, room);
    const about = [floor && `against ${floor}`, note].filter(Boolean).join("; ");
    lines.push(`${mark(holds(figure))} ${row(first, cells[index + 1])}`);
    lines.push(...[...rest, ...fold(about, WIDTH - 4)].map((line) => `    ${line}`));
  }
  for (const { row, error } of failures) {
    const [first, ...rest] = fold(`${row} failed: ${error}`, WIDTH - 4);
    lines.push(`${mark(false)} ${first}`, ...rest.map((line) => `    ${line}`));
  }
  return lines.join("\n");
}

function cellsOf({ unit, min, median, max, limit, atLeast }: Figure): [string, string, string] {
  const whole = ["calls", "B", "files"].includes(unit);
  const number = (value: number) => value.toFixed(whole || value >= 100 ? 0 : 2);
  return [
    `${number(median)} ${unit}`,
    min === max ? "" : `${number(min)}–${number(max)}`,
    `${atLeast ? "≥" : "≤"} ${limit} ${unit}`,
  ];
}

/** Breaks a text at blanks into lines of at most so many columns; none where there is no text. */
function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").filter(Boolean)) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
