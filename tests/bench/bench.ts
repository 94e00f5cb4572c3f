/**
 * Measures what looop costs beside the sensors and the model that it calls, and whether that grows with its history.
 * Each figure is a ratio to a floor that is measured in turns with it; exit status 1 when one is not what it must be.
 *
 *     deno run -A tests/bench/bench.ts [--quick] [--json FILE] [row…]
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { renderFigures } from "./render_figures.ts";
import { type Figure, holds } from "./row.ts";
import { ROWS } from "./rows.ts";

const { quick, json, _: names } = parseArgs(Deno.args, {
  boolean: ["quick"],
  string: ["json"],
  unknown: (name) => !name.startsWith("-") || usage(`${name} is no option`),
});
const chosen = ROWS.filter(({ name }) => names.length === 0 || names.includes(name));
if (chosen.length === 0) usage(`there is no row ${names.join(", ")}`);

for (const row of chosen) await row.prepare?.();
const started = performance.now();
const figures: Figure[] = [];
for (const row of chosen) {
  console.error(`${row.name} …`);
  figures.push(...await row.measure({ quick: quick === true }));
}
console.log(renderFigures(figures));
console.log(`${Math.round((performance.now() - started) / 1000)} s`);
if (json) {
  const result = { at: new Date().toISOString(), deno: Deno.version.deno, quick, figures };
  await Deno.writeTextFile(json, JSON.stringify(result, null, 2) + "\n");
}
Deno.exit(figures.every(holds) ? 0 : 1);

function usage(problem: string): never {
  const rows = ROWS.map(({ name }) => name).join(" ");
  console.error(`bench: ${problem}\nusage: bench.ts [--quick] [--json FILE] [row…]\nrows: ${rows}`);
  Deno.exit(2);
}
