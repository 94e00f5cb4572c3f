import { assertEquals } from "@std/assert";
import { green } from "@std/colors";
import { renderFigures } from "./render_figures.ts";
import { type Figure, holds } from "./row.ts";

const start: Figure = {
  ...{ what: "looop version", floor: "deno run of an empty file", unit: "×" },
  ...{ min: 0.961, median: 1.444, max: 1.65, limit: 1.3, note: "floor 25 ms" },
};
const calls: Figure = {
  ...{ what: "calls over 100 ticks without a change", floor: "", unit: "calls" },
  ...{ min: 0, median: 0, max: 0, limit: 0 },
};

Deno.test("holds compares the median with its limit, which belongs to what is allowed", () => {
  assertEquals(holds(start), false);
  assertEquals(holds({ ...start, median: 1.3 }), true);
  assertEquals(holds({ ...start, median: 89.9, limit: 90, atLeast: true }), false);
  assertEquals(holds({ ...start, median: 90, limit: 90, atLeast: true }), true);
});

Deno.test("renderFigures gives each figure a line of a table, what it is against under it, and each row that failed a line", () => {
  const failures = [{ row: "fsync", error: "there is no strace on PATH" }];
  assertEquals(
    renderFigures({ figures: [start, calls], failures, seconds: 1 }, false),
    [
      "                                                    median      range  aim",
      "✗ looop version                                     1.44 ×  0.96–1.65  ≤ 1.3 ×",
      "    against deno run of an empty file; floor 25 ms",
      "✓ calls over 100 ticks without a change            0 calls             ≤ 0 calls",
      "✗ fsync failed: there is no strace on PATH",
    ].join("\n"),
  );
});

Deno.test("renderFigures fits into 80 columns, whatever is to be said", () => {
  const long = { ...start, what: "what ".repeat(30).trim(), note: "word ".repeat(30).trim() };
  const failures = [{ row: "long", error: "why ".repeat(50).trim() }];
  const lines = renderFigures({ figures: [long], failures, seconds: 1 }, false).split("\n");
  assertEquals(lines.filter((line) => line.length > 80), []);
  assertEquals(lines.length, 1 + 4 + 2 + 3);
});

Deno.test("renderFigures colours nothing but the marks", () => {
  const measured = { figures: [calls], failures: [], seconds: 1 };
  assertEquals(
    renderFigures(measured, true),
    renderFigures(measured, false).replace("✓", green("✓")),
  );
});
