import { type Figure, holds } from "./row.ts";

/** A table of what was measured, a line each, failures marked. */
export function renderFigures(figures: Figure[]): string {
  const lines = figures.map((figure) => {
    const { what, floor, unit, min, median, max, limit, atLeast, note } = figure;
    const number = (value: number) => (unit === "calls" ? `${value}` : value.toFixed(2));
    const aim = `${atLeast ? "≥" : "≤"} ${limit}${unit === "calls" ? "" : ` ${unit}`}`;
    return [
      holds(figure) ? "✓" : "✗",
      what,
      floor,
      `${number(median)} ${unit}`,
      `${number(min)}–${number(max)}`,
      aim,
      note ?? "",
    ];
  });
  const all = [["", "what", "floor", "median", "range", "aim", ""], ...lines];
  const widths = all[0].map((_, column) => Math.max(...all.map((line) => line[column].length)));
  return all
    .map((line) => line.map((text, column) => text.padEnd(widths[column])).join("  ").trimEnd())
    .join("\n");
}
