import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { appendLine } from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { tempProfile } from "../profile/temp_profile.ts";

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
  await Deno.writeTextFile(path, "whole\nto");
  assertEquals(await appendLine(path, "next", { durable: false }), 9);
  assertEquals(await Deno.readTextFile(path), "whole\nto\nnext\n");
});

Deno.test("appendLine keeps 200 lines apart that come at once", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "log");
  const lines = Array.from({ length: 200 }, (_, i) => `${i} ${"x".repeat(500)}`);
  await Promise.all(lines.map((line) => appendLine(path, line, { durable: false })));
  const found = (await Deno.readTextFile(path)).split("\n").filter(Boolean);
  assertEquals(found.sort(), lines.sort());
});

Deno.test("appendLine names a path that it cannot append to", async () => {
  await using profile = await tempProfile();
  await assertRejects(() => appendLine(profile.root, "x"), Error, profile.root);
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
    const said = `the last line of ${path} was cut off: it was ended, and a new one begun`;
    assertEquals(told, torn ? [said] : [], `cut at ${cut}`);
  }
});

Deno.test("appendLine leaves no half line where the disk fills up, and goes on when there is room", async () => {
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
});
