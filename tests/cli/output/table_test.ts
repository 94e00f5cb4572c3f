import { assertEquals } from "@std/assert";
import { unicodeWidth } from "@std/unicode-width";
import { type Cell, PLAIN, renderTable } from "../../../src/cli/output/view.ts";

const HEADS = ["ID", "AGE", "TRUST", "NOTE"];
const ROWS: Cell[][] = [
  [["fix-ci"], ["2 min"], [""], ["the build is red, and nobody knows why"]],
  [["お茶"], ["3 h"], [""], [""]],
];

Deno.test("renderTable leaves out columns that are empty, and lines up wide characters", () => {
  assertEquals(
    renderTable(HEADS, ROWS, PLAIN),
    `ID      AGE    NOTE
fix-ci  2 min  the build is red, and nobody knows why
お茶    3 h
`,
  );
});

Deno.test("renderTable gives up the columns in the middle before what the last one says", () => {
  assertEquals(
    renderTable(HEADS, ROWS, { ...PLAIN, columns: 26 }),
    `ID      NOTE
fix-ci  the build is red,…
お茶
`,
  );
  for (let columns = 1; columns < 60; columns++) {
    const lines = renderTable(HEADS, ROWS, { ...PLAIN, columns }).split("\n");
    const widest = Math.max(...lines.map((line) => unicodeWidth(line)));
    assertEquals(widest <= Math.max(columns, 8), true, `${widest} of ${columns}`);
  }
});

Deno.test("renderTable paints what is shown, not what pads it", () => {
  const red = (text: string) => `<${text}>`;
  const view = { ...PLAIN, dim: (text: string) => `(${text})` };
  assertEquals(
    renderTable(["ID", "NOTE"], [[["a", red], ["b", red]]], view),
    "(ID)  (NOTE)\n<a>   <b>\n",
  );
});
