/**
 * Measures what looop costs beside the sensors and the model that it calls, and whether that grows with its history.
 * Each figure is a ratio to a floor that is measured in turns with it; exit status 1 when one is not what it must be,
 * or could not be measured.
 *
 *     deno run -A tests/bench/bench.ts [--quick] [--json FILE] [row…]
 *
 * @module
 */

import { dirname } from "@std/path";
import { parseArgs } from "@std/cli";
import { measureRows } from "./measure_rows.ts";
import { renderFigures } from "./render_figures.ts";
import { holds } from "./row.ts";
import { ROWS } from "./rows.ts";
import { Scratch } from "./scratch.ts";

const { quick, json, _: names } = parseArgs(Deno.args, {
  boolean: ["quick"],
  string: ["json", "_"],
  unknown: (name) => !name.startsWith("-") || usage(`${name} is no option`),
});
const unknown = names.find((name) => ROWS.every((row) => row.name !== name));
if (unknown !== undefined) usage(`there is no row ${unknown}`);
if (json !== undefined) await mustTakeFile(json);

const scratch = await Scratch.make();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, async () => {
    await scratch.remove();
    Deno.exit(130);
  });
}
const chosen = ROWS.filter(({ name }) => names.length === 0 || names.includes(name));
const measured = await measureRows(
  chosen,
  { quick },
  (line) => console.error(line),
  () => scratch.endProcesses(),
);
await scratch.remove();
const colours = Deno.stdout.isTerminal() && !Deno.noColor;
console.log(`${renderFigures(measured, colours)}\n${measured.seconds} s`);
if (json !== undefined) {
  const at = new Date().toISOString();
  const result = { at, deno: Deno.version.deno, quick, ...measured };
  await Deno.writeTextFile(json, JSON.stringify(result, null, 2) + "\n");
}
Deno.exit(measured.failures.length === 0 && measured.figures.every(holds) ? 0 : 1);

/** Says before minutes of measuring, not after them, that the result has no place. */
async function mustTakeFile(path: string): Promise<void> {
  if (path === "") usage("--json needs a file");
  const folder = dirname(path);
  const there = await Deno.stat(folder).catch(() => null);
  if (!there?.isDirectory) usage(`cannot write ${path}: there is no folder ${folder}`);
}

function usage(problem: string): never {
  const rows = ROWS.map(({ name }) => name).join(" ");
  console.error(`bench: ${problem}\nusage: bench.ts [--quick] [--json FILE] [row…]\nrows: ${rows}`);
  Deno.exit(2);
}
