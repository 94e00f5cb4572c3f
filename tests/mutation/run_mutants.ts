import { join } from "@std/path";
import type { Copies } from "./checkout.ts";
import type { ImportGraph } from "./import_graph.ts";
import { applyMutant, type Mutant } from "./mutants.ts";

/** What became of a mutant. */
export interface Result {
  mutant: Mutant;
  status: "killed" | "timed out" | "survived";
  /** The test file that noticed it, or `deno check`; `null` where it survived. */
  by: string | null;
  /** How many test files were run with it. */
  tests: number;
}

/** How mutants are run. */
export interface RunOptions {
  /** How many run at the same time. */
  jobs: number;
  /**
   * Run at most so many test files for a mutant, the nearest that execute it, and a quarter as many of those that
   * may do so in a child process: these take long, and whether they execute it is not known.
   */
  nearest: number;
  /** Whether a mutant whose types do not check counts as killed. */
  check: boolean;
  /** Called as soon as the result of a mutant is known. */
  onResult(result: Result): void;
  /** Called with each test file that is now run without any mutant. */
  onMeasure(path: string): void;
  /** Called once with each test file that fails without any mutant, and therefore is not run. */
  onBrokenTest(path: string): void;
}

/** A test file may take this many times as long as without a mutant, and this many milliseconds more. */
const LIMIT = { times: 4, plusMs: 10_000 };

/** How long a test file may take without a mutant. */
const UNMUTATED_LIMIT_MS = 300_000;

/** For each test file that is run with a mutant, so many are tried whether they execute it. */
const TRIED_PER_RUN = 4;

/** A failure of a test file that is further away is believed once it is repeated: it may have been chance. */
const BELIEVED_DISTANCE = 1;

/** A test file without any mutant. */
interface Unmutated {
  passes: boolean;
  ms: number;
  /** How often it executes each line of each source file, by path and line. */
  hits: Map<string, Map<number, number>>;
}

/** Runs mutants, each against the test files that may notice it, until the first one does. */
export async function runMutants(
  mutants: Mutant[],
  copies: Copies,
  graph: ImportGraph,
  options: RunOptions,
): Promise<void> {
  const base = await copies.make("base");
  const measured = new Map<string, Promise<Unmutated>>();
  const measure = (path: string) => {
    const known = measured.get(path);
    if (known) return known;
    options.onMeasure(path);
    const measuring = measureUnmutated(base, path, copies).then((unmutated) => {
      if (!unmutated.passes) options.onBrokenTest(path);
      return unmutated;
    });
    measured.set(path, measuring);
    return measuring;
  };
  const queue = [...mutants];
  const work = async (_: unknown, index: number) => {
    const copy = await copies.make(`copy${index}`);
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const path = join(copy, "src", mutant.file);
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, applyMutant(text, mutant));
      options.onResult(await runMutant(mutant, copy, measure, copies, graph, options));
      await Deno.writeTextFile(path, text);
    }
  };
  const jobs = Math.max(1, Math.min(options.jobs, mutants.length));
  await Promise.all(Array.from({ length: jobs }, work));
}

async function runMutant(
  mutant: Mutant,
  copy: string,
  measure: (path: string) => Promise<Unmutated>,
  copies: Copies,
  graph: ImportGraph,
  { check, nearest }: RunOptions,
): Promise<Result> {
  const source = `src/${mutant.file}`;
  const ran = new Set<string>();
  const left = { inProcess: nearest, child: Math.ceil(nearest / 4) };
  let tries = nearest * TRIED_PER_RUN;
  for (const { path, distance, child } of graph.testsOf(source)) {
    const kind = child ? "child" : "inProcess";
    if (left[kind] === 0 || ran.has(path) || !child && tries-- <= 0) continue;
    const unmutated = await measure(path);
    if (!unmutated.passes || !child && !executes(unmutated, source, mutant)) continue;
    ran.add(path);
    left[kind]--;
    const limitMs = LIMIT.times * unmutated.ms + LIMIT.plusMs;
    let { status } = await copies.runTest(copy, path, limitMs);
    if (status === "failed" && (child || distance > BELIEVED_DISTANCE)) {
      ({ status } = await copies.runTest(copy, path, limitMs));
    }
    if (status === "passed") continue;
    return { mutant, status: status === "failed" ? "killed" : status, by: path, tests: ran.size };
  }
  if (check && (await copies.checkTypes(copy, source)).status === "failed") {
    return { mutant, status: "killed", by: "deno check", tests: ran.size };
  }
  return { mutant, status: "survived", by: null, tests: ran.size };
}

/** Whether a test executes any line of what a mutant changes. */
function executes({ hits }: Unmutated, source: string, { line, endLine }: Mutant): boolean {
  const lines = hits.get(source);
  if (lines === undefined) return false;
  let known = false;
  for (let at = line; at <= endLine; at++) {
    const count = lines.get(at);
    if (count !== undefined && count > 0) return true;
    known ||= count !== undefined;
  }
  // Where coverage says nothing of the lines, the module was loaded at least.
  return !known;
}

async function measureUnmutated(
  base: string,
  path: string,
  copies: Copies,
): Promise<Unmutated> {
  const directory = await copies.emptyDirectory();
  let { status, ms } = await copies.runTest(base, path, UNMUTATED_LIMIT_MS, directory);
  // A test that depends on time may fail on a busy machine.
  if (status !== "passed") {
    ({ status, ms } = await copies.runTest(base, path, UNMUTATED_LIMIT_MS, directory));
  }
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--quiet", "--lcov", `--include=^file://${base}/src/`, directory],
    cwd: base,
    stderr: "null",
  }).output();
  await Deno.remove(directory, { recursive: true });
  const hits = parseLcov(new TextDecoder().decode(stdout), base);
  return { passes: status === "passed", ms, hits };
}

/** Reads the line counts of each file from what `deno coverage --lcov` prints. */
export function parseLcov(text: string, root: string): Map<string, Map<number, number>> {
  const files = new Map<string, Map<number, number>>();
  let lines = new Map<number, number>();
  for (const record of text.split("\n")) {
    const [, kind, value] = /^(SF|DA):(.*)$/.exec(record) ?? [];
    if (kind === "SF") {
      lines = new Map();
      files.set(value.startsWith(`${root}/`) ? value.slice(root.length + 1) : value, lines);
    } else if (kind === "DA") {
      const [line, count] = value.split(",").map(Number);
      lines.set(line, count);
    }
  }
  return files;
}
