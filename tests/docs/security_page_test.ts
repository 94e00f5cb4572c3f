import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const PAGE = await Deno.readTextFile(new URL("docs/security.md", ROOT));

/** The rows of its tables, without their heads. */
const ROWS = PAGE.split("\n").filter((line) => /^\| (?!promise|-)/.test(line))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

Deno.test("docs/security.md names for each promise a mechanism in a file of src/, and a test", () => {
  assert(ROWS.length >= 20, `${ROWS.length} rows`);
  for (const [promise, mechanism, test, ...rest] of ROWS) {
    assertEquals([promise !== "", rest.length], [true, 1], promise);
    assert(/\]\(\.\.\/src\/[\w/]+\.ts\)/.test(mechanism), promise);
    assert(/`tests\/[\w/]+_test\.ts`/.test(test), promise);
  }
});

Deno.test("every test file that docs/security.md names is there, and has tests", async () => {
  const named = [...new Set([...PAGE.matchAll(/`(tests\/[^`]+)`/g)].map(([, path]) => path))];
  assert(named.length >= 25, `${named.length} files`);
  const empty: string[] = [];
  for (const path of named) {
    const text = await Deno.readTextFile(new URL(path, ROOT)).catch(() => "");
    if (!/^\s*Deno\.test\(/m.test(text)) empty.push(path);
  }
  assertEquals(empty, []);
});
