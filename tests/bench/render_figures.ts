import { green, red } from "@std/colors";
import type { Measured } from "./measure_rows.ts";
import { type Figure, holds } from "./row.ts";

/** Columns of a narrow terminal. */
const WIDTH = 80;

/** Two or three lines for each figure, one for each row that failed; what is not as it must be has a ✗. */
export function renderFigures({ figures, failures }: Measured, colours: boolean): string {
  const marked = (good: boolean, [first, ...rest]: string[]) => {
    const mark = good ? "✓" : "✗";
    return [first.replace("*", colours ? (good ? green : red)(mark) : mark), ...rest];
  };
  const cells = figures.map(cellsOf);
  const widths = [0, 1].map((column) => Math.max(0, ...cells.map((line) => line[column].length)));
  const lines = figures.flatMap((figure, index) => {
    const [value, range, aim] = cells[index];
    const against = figure.floor === "" ? "" : `, against ${figure.floor}`;
    const note = figure.note ?? "";
    const measured = `    ${value.padStart(widths[0])}  ${range.padEnd(widths[1])}  ${aim}`;
    const oneLine = `${measured}  ${note}`.trimEnd();
    return [
      ...marked(holds(figure), fold(`* ${figure.what}${against}`)),
      ...oneLine.length <= WIDTH ? [oneLine] : [measured, ...fold(`    ${note}`)],
    ];
  });
  const failed = failures.flatMap(({ row, error }) =>
    marked(false, fold(`* ${row} failed: ${error}`))
  );
  return [...lines, ...failed].join("\n");
}

function cellsOf({ unit, min, median, max, limit, atLeast }: Figure): [string, string, string] {
  const whole = unit === "calls" || unit === "B";
  const number = (value: number) => value.toFixed(whole || value >= 100 ? 0 : 2);
  return [
    `${number(median)} ${unit}`,
    min === max ? "" : `${number(min)}–${number(max)}`,
    `${atLeast ? "≥" : "≤"} ${limit} ${unit}`,
  ];
}

/** Breaks at blanks; what follows the first line is indented as figures are. */
function fold(text: string): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)![0];
  for (const word of text.trim().split(" ")) {
    const longer = line.trim() === "" ? line + word : `${line} ${word}`;
    if (longer.length <= WIDTH || line.trim() === "") {
      line = longer;
      continue;
    }
    lines.push(line);
    line = `    ${word}`;
  }
  return [...lines, line];
}
