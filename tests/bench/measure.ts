/**
 * What bench.ts starts, with a directory for temporary files that it removes.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { dirname } from "@std/path";
import { endStartedIn } from "./end_started_in.ts";
import { measureRows } from "./measure_rows.ts";
import { renderFigures } from "./render_figures.ts";
import { holds } from "./row.ts";
import { ROWS } from "./rows.ts";

// Whatever runs in it is ended: no directory of anybody else's will do.
const dir = Deno.env.get("BENCH_DIR") ?? usage("measure.ts is started by bench.ts");
const { quick, json, _: names } = parseArgs(Deno.args, {
  boolean: ["quick"],
  string: ["json", "_"],
  unknown: (name) => !name.startsWith("-") || usage(`${name} is no option`),
});
const unknown = names.find((name) => ROWS.every((row) => row.name !== name));
if (unknown !== undefined) usage(`there is no row ${unknown}`);
if (json !== undefined) await mustTakeFile(json);

const chosen = ROWS.filter(({ name }) => names.length === 0 || names.includes(name));
const measured = await measureRows(
  chosen,
  { quick },
  (line) => console.error(line),
  () => endStartedIn(dir),
);
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
  const dir = dirname(path);
  const there = await Deno.stat(dir).catch(() => null);
  if (!there?.isDirectory) usage(`cannot write ${path}: there is no directory ${dir}`);
}

function usage(problem: string): never {
  const rows = ROWS.map(({ name }) => name).join(" ");
  console.error(`bench: ${problem}\nusage: bench.ts [--quick] [--json FILE] [row…]\nrows: ${rows}`);
  Deno.exit(2);
}
