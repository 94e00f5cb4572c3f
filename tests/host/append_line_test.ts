import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { appendLine } from "../../src/host/append_line.ts";
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
