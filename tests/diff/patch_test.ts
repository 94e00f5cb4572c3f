import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { applyPatch } from "diff";
import { type PatchInput, patchOf } from "../../src/diff/describe.ts";

const input = (before: string, after: string, more: Partial<PatchInput> = {}): PatchInput => ({
  ...{ from: "a.md", to: "a.md", before, after, was: "now", is: "then", ...more },
});
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");

Deno.test("patchOf prints what diff -u does, with and without the line above", async () => {
  const body = "--- a.md\tnow\n+++ a.md\tthen\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n";
  assertEquals(await patchOf(input("one\ntwo\n", "one\nthree\n", { headersOnly: true })), body);
  assertEquals(
    await patchOf(input("one\ntwo\n", "one\nthree\n")),
    `Index: a.md\n${"=".repeat(67)}\n${body}`,
  );
});

for (
  const [what, before, after] of [
    ["nothing in common", lines(4000, (i) => `line ${i}`), lines(32_000, (i) => `${i % 7}`)],
    [
      "a common beginning and end",
      lines(5, (i) => `a${i}`) + lines(4000, (i) => `x${i}`) + lines(5, (i) => `z${i}`),
      lines(5, (i) => `a${i}`) + lines(9000, (i) => `y${i % 9}`) + lines(5, (i) => `z${i}`),
    ],
    ["no last line break", lines(4000, (i) => `line ${i}`) + "end", lines(9000, (i) => `${i % 7}`)],
    [
      "no last line break any more",
      lines(4000, (i) => `${i}`),
      lines(9000, (i) => `${i % 7}`) + "x",
    ],
    ["one that repeats the other", lines(3000, () => "x"), lines(9000, () => "x") + "x\n"],
    ["no old line", "", lines(32_000, (i) => `${i % 7}`)],
  ]
) {
  Deno.test(`patchOf returns at once a valid patch of texts with ${what}`, async () => {
    const started = performance.now();
    const patch = await patchOf(input(before, after));
    const took = performance.now() - started;
    assertEquals(applyPatch(before, patch), after);
    // Without its limits the first takes half a minute or more.
    assert(took < 20_000, `${took} ms`);
  });
}

Deno.test("patchOf shows, of what it cannot compare, only what is between the common lines", async () => {
  const middle = (mark: string) => lines(4000, (i) => `${mark}${i}`);
  const patch = await patchOf(
    input(`1\n2\n3\n4\n${middle("x")}5\n6\n`, `1\n2\n3\n4\n${middle("y")}5\n6\n`),
  );
  assertStringIncludes(patch, "@@ -2,4005 +2,4005 @@\n 2\n 3\n 4\n-x0\n");
  assertEquals(patch.endsWith("+y3999\n 5\n 6\n"), true);
});
