import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { isPresent } from "../../src/os/stat.ts";
import { appendLine, rotateFile, truncateFile } from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { rootTest } from "../support/root_test.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("appendLine makes the file for its owner alone, and gives the length before the line", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  assertEquals(await appendLine(path, "ü"), 0);
  assertEquals(await appendLine(path, "b"), 3);
  assertEquals(await Deno.readTextFile(path), "ü\nb\n");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
});

Deno.test("appendLine ends a torn last line first, so that it swallows nothing", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  for (const torn of ["whole\nto", "t"]) {
    await Deno.writeTextFile(path, torn);
    assertEquals(await appendLine(path, "next", { durable: false }), torn.length + 1);
    assertEquals(await Deno.readTextFile(path), `${torn}\nnext\n`);
  }
});

Deno.test("appendLine keeps 200 lines apart that come at once", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  const lines = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(500)}`);
  await Promise.all(lines.map((line) => appendLine(path, line, { durable: false })));
  const found = (await Deno.readTextFile(path)).split("\n").filter(Boolean);
  assertEquals(found.sort(), lines.sort());
});

for (
  const [name, call, verb] of [
    ["appendLine", (path) => appendLine(path, "x"), "append to"],
    ["truncateFile", (path) => truncateFile(path, 0), "truncate"],
  ] as [string, (path: string) => Promise<unknown>, string][]
) {
  Deno.test(`${name} names what it cannot change, and the cause`, async () => {
    await using profile = await tempProfile();
    const [{ root }, nowhere] = [profile, join(profile.root, "nowhere", "log")];
    const rows = [
      [root, "it is a directory, not a file; move it away"],
      [nowhere, "No such file or directory (os error 2)"],
    ];
    for (const [path, why] of rows) {
      const error = await assertRejects(() => call(path), UserError);
      assertEquals(error.message, `cannot ${verb} ${path}: ${why}`);
    }
  });
}

Deno.test("truncateFile leaves the first bytes, and makes no file", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  await Deno.writeTextFile(path, "one\ntwo\n");
  await truncateFile(path, 4);
  assertEquals(await Deno.readTextFile(path), "one\n");
  await Deno.remove(path);
  await assertRejects(() => truncateFile(path, 0), UserError);
  assertEquals(isPresent(path), false);
});

Deno.test("rotateFile moves a file of the size in place of the one before, and no smaller or missing one", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  await Deno.writeTextFile(path, "12345");
  await rotateFile(path, 6);
  assertEquals(isPresent(`${path}.1`), false);
  for (const text of ["12345", "123456"]) {
    await Deno.writeTextFile(path, text);
    await rotateFile(path, 5);
    assertEquals([isPresent(path), await Deno.readTextFile(`${path}.1`)], [false, text]);
  }
  await rotateFile(path, 0);
  assertEquals(await Deno.readTextFile(`${path}.1`), "123456");
});

Deno.test("rotateFile reports any error but a missing file", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(join(profile.root, "file"), "");
  const below = join(profile.root, "file", "log");
  await assertRejects(() => rotateFile(below, 0), Deno.errors.NotADirectory);
});

Deno.test("appendLine repairs a last line cut at any byte, and says so unless nothing of it was left", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  const whole = new TextEncoder().encode(`first\n{"text":"ü€"}\n`);
  const first = "first\n".length;
  for (let cut = first; cut <= whole.length; cut++) {
    await Deno.writeFile(path, whole.subarray(0, cut));
    const told: string[] = [];
    const torn = cut > first && cut < whole.length;
    const before = await appendLine(path, "next", { onTorn: (problem) => told.push(problem) });
    assertEquals(before, torn ? cut + 1 : cut, `cut at ${cut}`);
    const bytes = await Deno.readFile(path);
    assertEquals(new TextDecoder().decode(bytes.subarray(before)), "next\n", `cut at ${cut}`);
    assertEquals(bytes.subarray(0, cut), whole.subarray(0, cut), `cut at ${cut}`);
    const said = `the last line of ${path} was incomplete; it was ended before the next line`;
    assertEquals(told, torn ? [said] : [], `cut at ${cut}`);
  }
});

rootTest(
  import.meta.url,
  "appendLine leaves no half line where the disk fills up, and goes on when there is room",
  async () => {
    await using disk = await smallDisk();
    const path = join(disk.path, "log");
    await appendLine(path, "whole");
    await disk.fill(4096);
    const problem =
      `cannot append to ${path}: only 8186 of 10001 bytes were written: is the disk full?`;
    await assertRejects(() => appendLine(path, "x".repeat(10_000)), UserError, problem);
    assertEquals(await Deno.readTextFile(path), "whole\n");
    await disk.empty();
    await appendLine(path, "next");
    assertEquals(await Deno.readTextFile(path), "whole\nnext\n");
  },
);
