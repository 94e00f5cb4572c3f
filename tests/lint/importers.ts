/** An import or re-export with a literal specifier, static or dynamic, or the type of an import. */
const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"\n]+)"/g;

const graphs = new Map<string, Map<string, string[]>>();

/**
 * Lists who imports each TypeScript file of the program: paths from the root of the checkout, sorted. Tests do not
 * count as importers. The graph of a checkout is read once in a process.
 *
 * @param root the checkout, with a slash at its end
 */
export function importersIn(root: string): Map<string, string[]> {
  let graph = graphs.get(root);
  if (!graph) graphs.set(root, graph = readGraph(root));
  return graph;
}

/** Lists the TypeScript files of the program: `main.ts`, `mod.ts` and everything below `src/`, sorted. */
export function programFiles(root: string): string[] {
  const found: string[] = ["main.ts", "mod.ts"];
  const walk = (dir: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(root + dir)) {
      if (isDirectory) walk(`${dir}/${name}`);
      else if (name.endsWith(".ts")) found.push(`${dir}/${name}`);
    }
  };
  walk("src");
  return found.sort();
}

function readGraph(root: string): Map<string, string[]> {
  const { imports } = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const graph = new Map<string, string[]>();
  for (const from of programFiles(root)) {
    const text = Deno.readTextFileSync(root + from);
    for (const to of new Set(specifiersOf(text).map((it) => resolve(from, it, imports)))) {
      if (to !== null && to !== from) graph.set(to, [...graph.get(to) ?? [], from]);
    }
  }
  return graph;
}

function specifiersOf(text: string): string[] {
  const code = text.replace(/^\s*(?:\*|\/\/).*$/gm, "");
  return [...code.matchAll(SPECIFIER)].map((match) => match[1]);
}

/** The path from the root of what is imported; `null` for a package. */
function resolve(from: string, specifier: string, imports: Record<string, string>): string | null {
  const mapped = imports[specifier] ?? specifier;
  const base = mapped === specifier ? from : "deno.json";
  if (!/^\.{1,2}\//.test(mapped)) return null;
  return decodeURIComponent(new URL(mapped, `file:///${base}`).pathname.slice(1));
}
