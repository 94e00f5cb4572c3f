import { fromFileUrl, join } from "@std/path";
import { build, type Plugin } from "esbuild";
import project from "../deno.json" with { type: "json" };

const ROOT = fromFileUrl(new URL("../", import.meta.url));
const IMPORTS: Readonly<Record<string, string>> = project.imports;

/** Node's modules that packages import by their bare names. */
const NODE_MODULES = new Set(["child_process", "fs", "os", "path", "process", "stream", "tty"]);

/**
 * Bundles `main.ts`, its packages and the texts that it imports into one JavaScript file. What the source imports
 * dynamically is evaluated only when that import runs, and a module of Node's only when one of its exports is used.
 *
 * @param file where the bundle is written
 * @param temp an empty directory for the packages, which the caller removes
 * @throws {Error} if a package cannot be installed, or a module cannot be bundled.
 */
export async function bundle(file: string, temp: string): Promise<void> {
  await installPackages(temp);
  await build({
    entryPoints: [join(ROOT, "main.ts")],
    outfile: file,
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    nodePaths: [join(temp, "node_modules")],
    // The packages publish ES modules under `module`, which can be evaluated piece by piece.
    mainFields: ["module", "main"],
    tsconfigRaw: "{}",
    // Names are kept, so that the stack trace of a bug report can be read.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "inline",
    logLevel: "warning",
    plugins: [texts, nodeModules, importMap],
  });
  // esbuild escapes all but regular expressions. V8 stores an ASCII file as it is, and any other with two bytes per character.
  const text = await Deno.readTextFile(file);
  const escaped = text.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  await Deno.writeTextFile(file, escaped);
}

/** Installs the packages of deno.lock into `node_modules`, since esbuild cannot read Deno's cache. */
async function installPackages(temp: string): Promise<void> {
  const { imports } = project;
  await Deno.mkdir(join(temp, "src"));
  await Deno.writeTextFile(
    join(temp, "deno.json"),
    JSON.stringify({ imports, nodeModulesDir: "auto" }),
  );
  await Deno.copyFile(join(ROOT, "deno.lock"), join(temp, "deno.lock"));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--quiet"],
    cwd: temp,
    stdin: "null",
    stdout: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) {
    throw new Error(`cannot install the packages: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** Files imported as text. */
const texts: Plugin = {
  name: "texts",
  setup(builder) {
    builder.onLoad({ filter: /.*/ }, async ({ path, with: { type } }) => {
      return type === "text"
        ? { contents: await Deno.readTextFile(path), loader: "text" }
        : undefined;
    });
  },
};

/** Loads Node's modules on first use: as imports of the bundle they would all be evaluated at every start. */
const nodeModules: Plugin = {
  name: "node-modules",
  setup(builder) {
    builder.onResolve({ filter: /^(node:|[a-z_]+$)/ }, ({ path }) => {
      const name = path.replace(/^node:/, "");
      if (!path.startsWith("node:") && !NODE_MODULES.has(name)) return;
      return { path: `node:${name}`, namespace: "node" };
    });
    builder.onLoad({ filter: /.*/, namespace: "node" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const contents = `
        let loaded;
        const load = () => loaded ??= globalThis.process.getBuiltinModule(${JSON.stringify(path)});
        exports.__esModule = true;
        Object.defineProperty(exports, "default", { enumerable: true, get: load });
        for (const name of ${JSON.stringify(names.join(" "))}.split(" ")) {
          Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });
        }`;
      return { contents, loader: "js" };
    });
  },
};

/** Resolves bare names by the import map of deno.json. */
const importMap: Plugin = {
  name: "import-map",
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, ({ path, kind, resolveDir, pluginData }) => {
      const target = Object.hasOwn(IMPORTS, path) ? IMPORTS[path] : undefined;
      if (target === undefined || pluginData === importMap) return;
      if (target.startsWith("./")) return { path: join(ROOT, target) };
      const name = target.replace(/^npm:/, "").replace(/(.)@[^/]*/, "$1");
      return builder.resolve(name, { kind, resolveDir, pluginData: importMap });
    });
  },
};
