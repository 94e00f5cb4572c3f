import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { importersIn, programFiles } from "./importers.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Lines of every file below `src/`, by its path from the root. */
function linesBelowSrc(): Map<string, number> {
  const files = programFiles(ROOT).filter((path) => path.startsWith("src/"));
  return new Map(
    files.map((path) => [path, Deno.readTextFileSync(ROOT + path).trimEnd().split("\n").length]),
  );
}

Deno.test("the tree of src/ has files of a readable size, and none loose", () => {
  const lines = linesBelowSrc();
  const sizes = [...lines.values()].sort((a, b) => a - b);
  const importers = importersIn(ROOT);
  // The doors of src/std have the size of what is used of a package.
  const small = [...lines].filter(([path, count]) => {
    return count < 40 && importers.get(path)?.length === 1 && !path.startsWith("src/std/");
  });
  const figures = {
    files: sizes.length,
    lines: sizes.reduce((sum, count) => sum + count, 0),
    median: sizes[Math.floor(sizes.length / 2)],
    max: sizes.at(-1)!,
    loose: [...lines.keys()].filter((path) => path.split("/").length === 2).length,
    "single importer, under 40 lines": small.length,
  };
  console.log(figures);
  assert(figures.files <= 320, `${figures.files} files`);
  assert(figures.lines <= 44_500, `${figures.lines} lines`);
  assert(figures.median >= 100 && figures.median <= 160, `median ${figures.median}`);
  assert(figures.max <= 300, `max ${figures.max}`);
  assertEquals(figures.loose, 0);
  assertEquals(small, []);
});

Deno.test("importersIn finds static, dynamic, type and mapped imports, and no import in a comment", async () => {
  const root = `${await Deno.makeTempDir()}/`;
  try {
    const write = (path: string, text: string) => Deno.writeTextFile(root + path, text);
    await Deno.mkdir(`${root}src/a`, { recursive: true });
    await Deno.mkdir(`${root}src/std`);
    await write("deno.json", `{ "imports": { "@std/path": "./src/std/path.ts" } }`);
    await write("main.ts", `import { a } from "./src/a/a.ts";\nawait import("./src/a/b.ts");`);
    await write("mod.ts", `// import { a } from "./src/a/b.ts"`);
    await write(
      "src/a/a.ts",
      `import type { B } from "./b.ts";\nimport { join } from "@std/path";`,
    );
    await write("src/a/b.ts", `export type { A } from "./a.ts";`);
    await write("src/std/path.ts", "");
    assertEquals(Object.fromEntries(importersIn(root)), {
      "src/a/a.ts": ["main.ts", "src/a/b.ts"],
      "src/a/b.ts": ["main.ts", "src/a/a.ts"],
      "src/std/path.ts": ["src/a/a.ts"],
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
