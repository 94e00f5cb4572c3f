import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { edgesOf, ImportGraph } from "./import_graph.ts";

Deno.test("edgesOf finds imports of every form, but none of types alone", () => {
  const text = `
    import { a } from "./a.ts";
    import type { B } from "./b.ts";
    import type {
      C,
    } from "./c.ts";
    export { d } from "../d.ts";
    import "./e.ts";
    const { f } = await import("./f.ts");
    import { g } from "@own/g";
    import { h } from "package";
  `;
  const names = { "@own/g": "lib/g.ts" };
  assertEquals(edgesOf("src/x/y.ts", text, new Set(), names), [
    { to: "src/x/a.ts", by: "import" },
    { to: "src/d.ts", by: "import" },
    { to: "src/x/e.ts", by: "import" },
    { to: "src/x/f.ts", by: "import" },
    { to: "lib/g.ts", by: "import" },
  ]);
});

Deno.test("edgesOf finds what a test starts as a program, but not of the modules themselves", () => {
  const text = `
    import { a } from "./a.ts";
    new URL("child.ts", import.meta.url);
    import.meta.resolve("../../main.ts");
    join(checkout, "mod.ts");
    evaluate(\`import { lock } from "@src/lock.ts";\`);
    "unknown.ts";
  `;
  const paths = new Set(["tests/x/child.ts", "main.ts", "mod.ts", "src/lock.ts", "tests/x/a.ts"]);
  const [imported, ...children] = edgesOf("tests/x/y.ts", text, paths);
  assertEquals(imported, { to: "tests/x/a.ts", by: "import" });
  assertEquals(children.every(({ by }) => by === "child"), true);
  assertEquals(children.map(({ to }) => to), [
    "tests/x/child.ts",
    "main.ts",
    "mod.ts",
    "src/lock.ts",
  ]);
  assertEquals(edgesOf("src/y.ts", text.replace(/import \{ a.*/, ""), paths), []);
  for (const launcher of ['join(checkout, "bin", "looop")', '"../../bin/looop"']) {
    assertEquals(edgesOf("tests/y.ts", launcher, paths), [{ to: "main.ts", by: "child" }]);
  }
});

Deno.test("ImportGraph.testsOf gives the tests that reach a module, nearest first and child processes last", async () => {
  const root = await Deno.makeTempDir({ prefix: "looop_test_" });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
  const files = {
    "deno.json": '{ "imports": { "@own": "./src/middle.ts" } }',
    "main.ts": 'await import("./src/middle.ts");',
    "src/far.ts": "",
    "src/middle.ts": 'import "./far.ts";',
    "src/other.ts": "",
    "tests/a/child_test.ts": 'new URL("../../main.ts", import.meta.url);',
    "tests/b/helper.ts": 'import "../../src/middle.ts";',
    "tests/both_test.ts": 'import "./b/helper.ts";\n"main.ts";',
    "tests/far_test.ts": 'import "../src/far.ts";',
    "tests/fuzz/far_test.ts": 'import "../../src/far.ts";',
    "tests/middle_test.ts": 'import "@own";',
    "tests/other_test.ts": 'import "../src/other.ts";',
    "tests/c/b_test.ts": 'import "../../src/far.ts";',
    "tests/z_test.ts": 'import "../src/far.ts";',
  };
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(root, path)), { recursive: true });
    await Deno.writeTextFile(join(root, path), text);
  }
  assertEquals((await ImportGraph.read(root)).testsOf("src/far.ts"), [
    { path: "tests/far_test.ts", distance: 1, child: false },
    { path: "tests/z_test.ts", distance: 1, child: false },
    { path: "tests/c/b_test.ts", distance: 1, child: false },
    { path: "tests/middle_test.ts", distance: 2, child: false },
    { path: "tests/both_test.ts", distance: 3, child: false },
    { path: "tests/both_test.ts", distance: 3, child: true },
    { path: "tests/a/child_test.ts", distance: 3, child: true },
  ]);
});
