/**
 * Tests the tests: puts one small fault at a time into a module, and counts the faults that some test notices.
 *
 *     deno run -A tests/mutation/mutate.ts [options] [module…]
 *
 * A module is a path of a file or directory below `src/`, such as `admit` or `workers/state`; without one, those of
 * `modules.ts` are tested. For each fault (a mutant) it runs the test files that reach the module, nearest first,
 * until one fails; one that takes far longer than without the fault has failed, too. It works in copies of the
 * checkout, which it removes however it ends. Exit status 1 when too few are noticed in a module.
 * Needs Linux: it finds what a test has left running in `/proc`.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { dirname, fromFileUrl, join, resolve } from "@std/path";
import { Copies, walkFiles } from "./checkout.ts";
import { parseEquivalents, staleEntries } from "./equivalents.ts";
import { ImportGraph } from "./import_graph.ts";
import { findModule, MODULES } from "./modules.ts";
import { identify, type Mutant, mutantsOf, sample } from "./mutants.ts";
import { renderMutant, renderSurvivor, renderTable, summarize } from "./report.ts";
import { type Result, runMutants } from "./run_mutants.ts";

const USAGE = `usage: deno task test:mutate [options] [module…]
  module         a file or directory below src/, such as admit or workers/state
  --sample N     test N mutants of each module, drawn at random (default: all)
  --seed TEXT    draw others (default: 1); the same text draws the same ones
  --min PERCENT  exit with 1 when a module has fewer killed mutants (default: 90)
  --check        count a mutant as killed whose types do not check
  --nearest N    run at most N test files for each mutant, the nearest that execute it, and N / 4
                 that may do so in a child process (default: 12)
  --jobs N       run N mutants at the same time (default: the number of cores)
  --list         print the mutants and run none
  --json FILE    write the results to a file, too
  --root DIR  the checkout to test (default: this one)`;

const options = parseOptions(Deno.args);
Deno.exit(await mutate(options));

interface Options {
  modules: string[];
  sample: number;
  seed: string;
  min: number;
  check: boolean;
  nearest: number;
  jobs: number;
  list: boolean;
  json?: string;
  root: string;
}

async function mutate(options: Options): Promise<number> {
  const { root, min, list, json } = options;
  if (json !== undefined) await checkFile(json);
  const modules = await Promise.all(options.modules.map((name) => findModule(root, name)))
    .catch((error) => usage(error.message));
  const equivalents = parseEquivalents(await readList(join(root, "tests/mutation/equivalent.txt")));
  const ids = new Set(equivalents.map(({ id }) => id));
  const isEquivalent = (mutant: Mutant) => ids.has(identify(mutant));

  const made = await Promise.all(modules.map(({ files }) => mutantsIn(root, files)));
  const drawn = made.map((mutants) => sample(mutants, options.sample, options.seed));
  const sources = new Set(await Array.fromAsync(walkFiles(root, "src")));
  const tested = new Set(modules.flatMap(({ files }) => files));
  const stale = staleEntries(equivalents, made.flat(), (file) => {
    const path = `src/${file}`;
    return sources.has(path) ? tested.has(path) : null;
  });
  for (const { line, id } of stale) {
    console.error(`equivalent.txt:${line}: this entry matches no mutant; remove it\n${id}\n`);
  }
  if (list) {
    for (const mutant of drawn.flat()) {
      console.log(renderMutant(mutant, isEquivalent(mutant) ? "equivalent" : ""));
    }
    return 0;
  }

  const counted = drawn.flat().filter((mutant) => !isEquivalent(mutant));
  const { results, broken } = await runAll(counted, options);
  const rows = modules.map(({ name }, index) => {
    const own = new Set(drawn[index]);
    const ofModule = results.filter(({ mutant }) => own.has(mutant));
    return summarize(name, ofModule, drawn[index].filter(isEquivalent).length);
  });
  console.log(renderTable(rows, min));
  if (json !== undefined) {
    const { seed, sample } = options;
    const settings = { seed, sample: Number.isFinite(sample) ? sample : null, min };
    const report = { ...settings, modules: rows, mutants: results, broken, stale };
    await Deno.writeTextFile(json, `${JSON.stringify(report, null, 2)}\n`);
  }
  return rows.some(({ percent }) => percent < min) ? 1 : 0;
}

async function mutantsIn(root: string, files: string[]): Promise<Mutant[]> {
  const mutants = await Promise.all(files.map(async (path) => {
    return mutantsOf(path.slice("src/".length), await Deno.readTextFile(join(root, path)));
  }));
  return mutants.flat();
}

/** Runs the mutants in copies that are removed afterwards, and by a signal. */
async function runAll(
  mutants: Mutant[],
  { root, jobs, nearest, check }: Options,
): Promise<{ results: Result[]; broken: string[] }> {
  const results: Result[] = [];
  const broken: string[] = [];
  await using copies = await Copies.open(root);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => {
      copies[Symbol.asyncDispose]().finally(() => Deno.exit(130));
    });
  }
  await runMutants(mutants, copies, await ImportGraph.read(root), {
    ...{ jobs, nearest, check },
    onResult(result) {
      results.push(result);
      const done = `[${results.length}/${mutants.length}]`;
      if (result.status === "survived") console.log(`${done} ${renderSurvivor(result)}`);
      else showProgress(`${done} ${result.status} by ${result.by}`);
    },
    onMeasure: (path) => showProgress(`measuring ${path}`),
    onBrokenTest(path) {
      broken.push(path);
      console.error(`${path} fails without any mutant, or takes too long: it is not run`);
    },
  });
  showProgress("");
  return { results, broken };
}

/** Shows one line in place of the one before, on a terminal. */
function showProgress(text: string): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}\r`));
}

function parseOptions(args: string[]): Options {
  const { _: names, list, check, help, ...flags } = parseArgs(args, {
    boolean: ["list", "check", "help"],
    string: ["sample", "seed", "min", "nearest", "jobs", "json", "root", "_"],
    unknown: (name) => !name.startsWith("-") || usage(`there is no option ${name}`),
  });
  if (help) {
    console.log(USAGE);
    Deno.exit(0);
  }
  const numberOf = (name: "sample" | "min" | "nearest" | "jobs", otherwise: number) => {
    const value = flags[name] === undefined ? otherwise : Number(flags[name] || NaN);
    return value >= (name === "min" ? 0 : 1) ? value : usage(`--${name} needs a number`);
  };
  return {
    ...{ list, check, json: flags.json, seed: flags.seed ?? "1" },
    modules: names.length === 0 ? [...MODULES] : names,
    sample: numberOf("sample", Infinity),
    min: numberOf("min", 90),
    nearest: numberOf("nearest", 12),
    jobs: numberOf("jobs", navigator.hardwareConcurrency),
    root: resolve(flags.root ?? fromFileUrl(new URL("../../", import.meta.url))),
  };
}

/** Refuses, before minutes of tests rather than after them, a file that cannot be written. */
async function checkFile(path: string): Promise<void> {
  if (path === "") usage("--json needs a file");
  const found = await Deno.stat(dirname(path)).catch(() => null);
  if (!found?.isDirectory) usage(`cannot write ${path}: there is no directory ${dirname(path)}`);
}

async function readList(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
}

function usage(problem: string): never {
  console.error(`test:mutate: ${problem}\n${USAGE}`);
  Deno.exit(2);
}
