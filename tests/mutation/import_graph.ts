import { dirname, join } from "@std/path";
import { walkFiles } from "./checkout.ts";

/**
 * Test files that have a task of their own, whose results depend on how busy the machine is, or that are about the
 * source text or the package.
 */
const NOT_RUN =
  /^tests\/(bench|crash|docs|e2e\/runners|fuzz|install|jsr|lint|mutation|timing|tools)\//;

/** How a test's text names the launcher, and the module that the launcher runs. */
const LAUNCHER = { named: /bin\/looop\b|"bin", "looop"/, runs: "main.ts" };

/** What a file leads to. */
interface Edge {
  to: string;
  /** By an import, or by a program that a test starts. */
  by: "import" | "child";
}

/** A test file that could notice a fault in a module. */
export interface SelectedTest {
  path: string;
  /** How many imports, and started programs, lie between it and the module. */
  distance: number;
  /** Whether the module runs in a child process of it, where coverage is not measured. */
  child: boolean;
}

/** What the files of a checkout import, by their paths from the root. */
export class ImportGraph {
  readonly #importers = new Map<string, { from: string; by: Edge["by"] }[]>();

  private constructor() {}

  static async read(root: string): Promise<ImportGraph> {
    const graph = new ImportGraph();
    const paths = new Set(await Array.fromAsync(walkFiles(root)));
    const names = await readImportMap(root);
    for (const from of paths) {
      if (!from.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(join(root, from));
      for (const { to, by } of edgesOf(from, text, paths, names)) {
        const importers = graph.#importers.get(to) ?? [];
        graph.#importers.set(to, [...importers, { from, by }]);
      }
    }
    return graph;
  }

  /**
   * Gives the test files that reach a file, nearest first, of equally near ones first those in the directory that
   * mirrors its own; last those that run it in a child process. A test file that reaches it in both ways is there
   * twice.
   */
  testsOf(file: string): SelectedTest[] {
    const found: SelectedTest[] = [];
    const seen = new Set<string>();
    let layer = [{ path: file, child: false }];
    for (let distance = 0; layer.length > 0; distance++) {
      const next: typeof layer = [];
      for (const { path, child } of layer) {
        const key = `${child} ${path}`;
        if (seen.has(key)) continue;
        seen.add(key);
        if (isTest(path)) found.push({ path, distance, child });
        for (const { from, by } of this.#importers.get(path) ?? []) {
          next.push({ path: from, child: child || by === "child" });
        }
      }
      layer = next;
    }
    const mirror = file.replace(/^src\//, "tests/").replace(/\.ts$/, "_test.ts");
    const remoteness = (path: string) =>
      path === mirror ? 0 : dirname(path) === dirname(mirror) ? 1 : 2;
    return found.sort((a, b) =>
      Number(a.child) - Number(b.child) || a.distance - b.distance ||
      remoteness(a.path) - remoteness(b.path) || (a.path < b.path ? -1 : 1)
    );
  }
}

/** Finds what a file imports and, of a test, which of the checkout's programs it may start. */
export function edgesOf(
  from: string,
  text: string,
  paths: ReadonlySet<string>,
  names: Readonly<Record<string, string>> = {},
): Edge[] {
  const edges = new Map<string, Edge>();
  const add = (to: string | undefined, by: Edge["by"]) => {
    if (to !== undefined && to !== from) edges.set(`${by} ${to}`, { to, by });
  };
  // Types are gone when the program runs.
  const code = text.replace(/\b(import|export)\s+type\s+[^;'"]*?\bfrom\s*["'][^"']+["']/g, "");
  const imported = /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g;
  for (const [, specifier] of code.matchAll(imported)) {
    const named = names[specifier];
    if (named !== undefined) add(named, "import");
    else if (/^\.\.?\//.test(specifier)) add(relativeTo(from, specifier), "import");
  }
  if (!from.startsWith("tests/")) return [...edges.values()];
  if (LAUNCHER.named.test(code)) add(LAUNCHER.runs, "child");
  for (
    const [, mentioned] of code.replaceAll(imported, keepAlias).matchAll(
      /["'`]([^"'`\s]+\.ts)["'`]/g,
    )
  ) {
    const inRoot = join(mentioned.replace(/^@src\//, "src/"));
    const path = [relativeTo(from, mentioned), inRoot].find((path) => paths.has(path));
    add(path, "child");
  }
  return [...edges.values()];
}

/** Code for another process imports from `src/` by this alias; other imports have been seen. */
function keepAlias(whole: string, specifier: string): string {
  return specifier.startsWith("@src/") ? whole : "";
}

function relativeTo(from: string, specifier: string): string {
  return join(dirname(from), specifier);
}

function isTest(path: string): boolean {
  return path.startsWith("tests/") && path.endsWith("_test.ts") && !NOT_RUN.test(path);
}

/** The names that `deno.json` gives to files of the checkout. */
async function readImportMap(root: string): Promise<Record<string, string>> {
  const { name, exports, imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const main = typeof exports === "string" ? exports : exports?.["."];
  const all: [string, string][] = Object.entries({
    ...imports,
    ...name && main && { [name]: main },
  });
  const own = all.filter(([, target]) => target.startsWith("./"));
  return Object.fromEntries(own.map(([name, target]) => [name, join(target)]));
}
