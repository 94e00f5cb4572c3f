import { assertEquals } from "@std/assert";
import plugin from "./house_rules.ts";
import { importersIn } from "./importers.ts";
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
    `import "../../tests/profile/temp_profile.ts";`,
    `import seed from "../../seeds/PLAYBOOK.md" with { type: "text" };`,
    `import { tick } from "@looop/cli";`,
    `import { join } from "deno-std/path/join.js";`,
    `import "../nowhere/a.ts";`,
  ];
  assertEquals(refused("layers", "src/sense/a.ts", bad), bad);
});

Deno.test("layers allows the own directory, lower layers, packages and deno.json", () => {
  const good = [
    `import { b } from "./b.ts";`,
    `import { b } from "./deep/b.ts";`,
    `import { env } from "../os/env.ts";`,
    `export type { World } from "../schema/world.ts";`,
    `await import("../workers/start.ts");`,
    `import { join } from "@std/path";`,
    `import * as z from "zod/mini";`,
    `import config from "../../deno.json" with { type: "json" };`,
    `const name = "../cli/x.ts"; await import(name);`,
  ];
  assertEquals(refused("layers", "src/sense/a.ts", good), []);
});

Deno.test("layers counts a nested directory as its parent, and a file directly in src as misplaced", () => {
  const path = "src/decide/runners/a.ts";
  assertEquals(lint("layers", path, `import "../prompt.ts"; import "../../os/env.ts";`), []);
  assertEquals(lint("layers", path, `import "../../act/act.ts";`), [
    `src/decide/runners/a.ts (layer ${LAYERS["src/decide"]}) imports src/act/act.ts (layer ${
      LAYERS["src/act"]
    }), but may only import its own directory and lower layers; pass the value in, or move what both need further down`,
  ]);
  assertEquals(lint("layers", "src/pulse.ts", ""), [
    "src/ has no layer; add it to tests/lint/layers.ts, or move src/pulse.ts",
  ]);
  assertEquals(lint("layers", "main.ts", `import "./src/cli/main.ts"; import "./mod.ts"`), []);
});

Deno.test("layers lets a stage import the stages before it, and none after it", () => {
  const stages = ["sense", "diff", "decide", "admit", "act", "log"];
  for (const [at, stage] of stages.entries()) {
    const path = `src/${stage}/a.ts`;
    const importing = (other: string) => `import { b } from "../${other}/b.ts";`;
    assertEquals(refused("layers", path, stages.slice(0, at).map(importing)), [], stage);
    const later = stages.slice(at + 1).map(importing);
    assertEquals(refused("layers", path, later), later, stage);
  }
});

Deno.test("layers keeps seeds to those who may read them, and lets tests import anything", () => {
  const seed = `import text from "../../seeds/PLAYBOOK.md" with { type: "text" };`;
  assertEquals(lint("layers", "src/profile/ensure.ts", seed), []);
  assertEquals(lint("layers", "src/cli/help.ts", seed), []);
  assertEquals(lint("layers", "src/os/a.ts", seed), [
    `src/os/a.ts imports seeds/PLAYBOOK.md; only ${SEED_READERS.join(" and ")} may read seeds`,
  ]);
  assertEquals(lint("layers", "tests/os/a_test.ts", `import "../../src/cli/a.ts"`), []);
});

Deno.test("layers refuses a directory that has no layer", () => {
  assertEquals(lint("layers", "src/utils/a.ts", ""), [
    "src/utils/ has no layer; add it to tests/lint/layers.ts, or move src/utils/a.ts",
  ]);
});

Deno.test("layers' table names every directory under src", async () => {
  const src = new URL("../../src/", import.meta.url);
  const dirs: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(src)) {
    if (isDirectory) dirs.push(`src/${name}`);
  }
  assertEquals(dirs.filter((dir) => placeOf(`${dir}/a.ts`)?.layer === undefined), []);
  assertEquals(placeOf("mod.ts")?.layer, LAYERS["."]);
  assertEquals(placeOf("src/tick.ts")?.layer, undefined);
});

Deno.test("os-only refuses the outside world, the clock and timers", () => {
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
  assertEquals(refused("os-only", "src/schema/a.ts", bad), bad);
  assertEquals(refused("os-only", "mod.ts", bad), bad);
  for (const path of ["src/os/a.ts", "main.ts", "tests/schema/a_test.ts", "bench/a.ts"]) {
    assertEquals(refused("os-only", path, bad), []);
  }
  assertEquals(lint("os-only", "src/cli/main.ts", "Deno.exit(2)"), [
    "Deno in src/cli/main.ts: only src/os and main.ts reach outside; call src/os, or take the value as an argument",
  ]);
});

Deno.test("os-only allows what merely has such a name, and times that are given", () => {
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
  assertEquals(refused("os-only", "src/schema/a.ts", good), []);
});

Deno.test("file-length refuses more than 300 lines, tests included", () => {
  const lines = (count: number) => "// x\n".repeat(count);
  assertEquals(lint("file-length", "src/a.ts", lines(300)), []);
  assertEquals(lint("file-length", "tests/a_test.ts", lines(301)), [
    "tests/a_test.ts has 301 lines, at most 300; split it",
  ]);
});

Deno.test("no-swallowed-error wants a statement or a reason in every catch", () => {
  const path = "src/os/a.ts";
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
    "src/os/a.ts drops an error; handle it, or explain in a comment why it can be ignored",
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
    "Deno.test.only in tests/a_test.ts skips tests; run them all, or delete the test",
  ]);
});

Deno.test("min-size refuses a short file with one importer, and no other", () => {
  const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
  const importers = [...importersIn(root)].filter(([path]) => path.startsWith("src/"));
  const [lonely, [importer]] = importers.find(([, from]) => from.length === 1)!;
  const [shared] = importers.find(([, from]) => from.length > 1)!;
  assertEquals(lint("min-size", lonely, "export const a = 1;\n"), [
    `${lonely} has 1 lines and one importer, ${importer}; ` +
    "merge them, or move it to the file of its concept (at least 40 lines)",
  ]);
  assertEquals(lint("min-size", lonely, "// x\n".repeat(40)), []);
  assertEquals(lint("min-size", shared, "export const a = 1;\n"), []);
  assertEquals(lint("min-size", "tests/a_test.ts", "export const a = 1;\n"), []);
});
