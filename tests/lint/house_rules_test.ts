import { assertEquals } from "@std/assert";
import plugin from "./house_rules.ts";
import { LAYERS, placeOf, SEED_READERS } from "./layers.ts";

/** Messages of one rule, for a file at this path from the root. */
function lint(rule: string, path: string, source: string): string[] {
  const found = Deno.lint.runPlugin(plugin, path, source);
  return found.filter(({ id }) => id === `looop/${rule}`).map(({ message }) => message);
}

/** Those of the samples that a rule refuses. */
function refused(rule: string, path: string, samples: string[]): string[] {
  return samples.filter((source) => lint(rule, path, source).length > 0);
}

Deno.test("layers refuses what is not in a lower layer, in every form of import", () => {
  const bad = [
    `import { tick } from "../tick.ts";`,
    `import type { Tick } from "../tick.ts";`,
    `export * from "../diff/hash_world.ts";`,
    `export { a } from "../log/journal.ts";`,
    `await import("../cli/run_cli.ts");`,
    `let a: import("../../mod.ts").A;`,
    `import "../../tests/support/temp_profile.ts";`,
    `import seed from "../../seeds/PLAYBOOK.md" with { type: "text" };`,
    `import { tick } from "@looop/cli";`,
    `import { join } from "deno-std/path/join.js";`,
    `import "../nowhere/a.ts";`,
  ];
  assertEquals(refused("layers", "src/sense/a.ts", bad), bad);
});

Deno.test("layers allows the own folder, lower layers, packages and deno.json", () => {
  const good = [
    `import { b } from "./b.ts";`,
    `import { b } from "./deep/b.ts";`,
    `import { env } from "../host/env.ts";`,
    `export type { World } from "../model/world.ts";`,
    `await import("../workers/start_worker.ts");`,
    `import { join } from "@std/path";`,
    `import * as z from "zod/mini";`,
    `import config from "../../deno.json" with { type: "json" };`,
    `const name = "../cli/x.ts"; await import(name);`,
  ];
  assertEquals(refused("layers", "src/sense/a.ts", good), []);
});

Deno.test("layers counts a nested folder as its parent, and files in src as one folder", () => {
  const path = "src/decide/runners/a.ts";
  assertEquals(lint("layers", path, `import "../prompt.ts"; import "../../host/env.ts";`), []);
  assertEquals(lint("layers", path, `import "../../act/act.ts";`), [
    "src/decide/runners/a.ts (layer 5) imports src/act/act.ts (layer 5), but may only import its own folder " +
    "and lower layers; pass the value in, or move what both need further down",
  ]);
  assertEquals(
    lint("layers", "src/loop/pulse.ts", `import "./tick.ts"; import "./log/log.ts";`),
    [],
  );
  assertEquals(lint("layers", "src/loop/pulse.ts", `import "./cli/args.ts";`).length, 1);
  assertEquals(lint("layers", "main.ts", `import "./src/cli/main.ts"; import "./mod.ts"`), []);
});

Deno.test("layers keeps seeds to those who may read them, and lets tests import anything", () => {
  const seed = `import text from "../../seeds/PLAYBOOK.md" with { type: "text" };`;
  assertEquals(lint("layers", "src/profile/seed.ts", seed), []);
  assertEquals(lint("layers", "src/cli/help.ts", seed), []);
  assertEquals(lint("layers", "src/host/a.ts", seed), [
    `src/host/a.ts imports seeds/PLAYBOOK.md; only ${SEED_READERS.join(" and ")} may read seeds`,
  ]);
  assertEquals(lint("layers", "tests/host/a_test.ts", `import "../../src/cli/a.ts"`), []);
});

Deno.test("layers refuses a folder that has no layer", () => {
  assertEquals(lint("layers", "src/utils/a.ts", ""), [
    "src/utils/ has no layer; give it one in tests/lint/layers.ts, or move src/utils/a.ts",
  ]);
});

Deno.test("layers' table names every folder under src", async () => {
  const src = new URL("../../src/", import.meta.url);
  const folders: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(src)) {
    if (isDirectory) folders.push(`src/${name}`);
  }
  assertEquals(folders.filter((folder) => placeOf(`${folder}/a.ts`)?.layer === undefined), []);
  const [root, files] = [placeOf("mod.ts"), placeOf("src/loop/tick.ts")];
  assertEquals([root?.layer, files?.layer], [LAYERS["."], LAYERS["src"]]);
});

Deno.test("host-only refuses the outside world, the clock and timers", () => {
  const bad = [
    `Deno.exit(1);`,
    `const { env } = Deno;`,
    `function on(signal: Deno.Signal) {}`,
    `globalThis.fetch("http://x");`,
    `await fetch("http://x");`,
    `const get = fetch;`,
    `const outside = { fetch };`,
    `setTimeout(f, 1);`,
    `setInterval(f, 1);`,
    `AbortSignal.timeout(1);`,
    `Date.now();`,
    `new Date();`,
    `Date();`,
    `performance.now();`,
    `import { readFile } from "node:fs";`,
  ];
  assertEquals(refused("host-only", "src/model/a.ts", bad), bad);
  assertEquals(refused("host-only", "mod.ts", bad), bad);
  for (const path of ["src/host/a.ts", "main.ts", "tests/model/a_test.ts", "bench/a.ts"]) {
    assertEquals(refused("host-only", path, bad), []);
  }
  assertEquals(lint("host-only", "src/cli/main.ts", "Deno.exit(2)"), [
    "Deno in src/cli/main.ts: only src/host and main.ts reach outside; call src/host, or have it passed in",
  ]);
});

Deno.test("host-only allows what merely has such a name, and times that are given", () => {
  const good = [
    `git.fetch("origin");`,
    `const options = { fetch: true };`,
    `interface Git { fetch(): void; Deno: string }`,
    `class Git { fetch() {} }`,
    `let at: git.Deno;`,
    `new Date(ms);`,
    `Date.parse(text);`,
    `clock.now();`,
    `// Deno.exit(1)`,
  ];
  assertEquals(refused("host-only", "src/model/a.ts", good), []);
});

Deno.test("file-length refuses more than 300 lines, tests included", () => {
  const lines = (count: number) => "// x\n".repeat(count);
  assertEquals(lint("file-length", "src/a.ts", lines(300)), []);
  assertEquals(lint("file-length", "tests/a_test.ts", lines(301)), [
    "tests/a_test.ts has 301 lines, at most 300; split it",
  ]);
});

Deno.test("no-swallowed-error wants a statement or a reason in every catch", () => {
  const path = "src/host/a.ts";
  const bad = [
    `try { f(); } catch {}`,
    `try { f(); } catch (error) { }`,
    `f().catch(() => {});`,
    `f().catch(function (error) {});`,
  ];
  assertEquals(refused("no-swallowed-error", path, bad), bad);
  const good = [
    `try { f(); } catch { g(); }`,
    `try { f(); } catch { /* gone already */ }`,
    `try { f(); } catch {\n  // gone already\n}`,
    `f().catch(() => null);`,
    `f().catch(() => { /* gone already */ });`,
    `f().catch(handle);`,
    `f().then(() => {});`,
  ];
  assertEquals(refused("no-swallowed-error", path, good), []);
  assertEquals(lint("no-swallowed-error", path, bad[0]), [
    "src/host/a.ts drops an error without a word; handle it, or say in a comment why it may go",
  ]);
});

Deno.test("no-partial-tests refuses only and ignore", () => {
  const path = "tests/a_test.ts";
  const bad = [
    `Deno.test.only("a", () => {});`,
    `Deno.test.ignore("a", () => {});`,
    `Deno.test({ name: "a", only: true, fn() {} });`,
    `Deno.test("a", { ignore: !tmux }, () => {});`,
    `await t.step({ name: "a", ignore: true, fn() {} });`,
  ];
  assertEquals(refused("no-partial-tests", path, bad), bad);
  const good = [
    `Deno.test("a", () => {});`,
    `Deno.test({ name: "a", sanitizeOps: false, fn() {} });`,
    `list({ ignore: [] });`,
  ];
  assertEquals(refused("no-partial-tests", path, good), []);
  assertEquals(lint("no-partial-tests", path, bad[0]), [
    "Deno.test.only in tests/a_test.ts leaves tests out; run them all, or delete the test",
  ]);
});
