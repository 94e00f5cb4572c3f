import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { fileSize, readLines, readTail, readTextIfPresent } from "../../src/os/read.ts";
import { findProgram } from "../../src/os/run_tool.ts";
import { kindAt } from "../../src/os/stat.ts";
import { rotateFile, truncateFile } from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const some of readLines(path)) lines.push(...some);
  return lines;
}

Deno.test("readLines gives every line once, the last without a line break too", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "f");
  assertEquals(await linesOf(path), []);
  const lines = Array.from({ length: 30_000 }, (_, i) => `${i} ü`);
  await Deno.writeTextFile(path, lines.join("\n"));
  assertEquals(await linesOf(path), lines);
  await Deno.writeTextFile(path, "a\n\nb\n");
  assertEquals(await linesOf(path), ["a", "", "b"]);
});

Deno.test("readTail returns whole lines from the end", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "f");
  assertEquals(await readTail(path, 10), "");
  await Deno.writeTextFile(path, "one\ntwö\nthree\n");
  assertEquals(await readTail(path, 100), "one\ntwö\nthree\n");
  assertEquals(await readTail(path, 12), "twö\nthree\n");
  assertEquals(await readTail(path, 9), "three\n");
});

Deno.test("readTextIfPresent, fileSize and truncateFile count in bytes", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "f");
  assertEquals([await readTextIfPresent(path, { start: 0 }), fileSize(path)], [null, 0]);
  await Deno.writeTextFile(path, "ü\nb\n");
  assertEquals(await readTextIfPresent(path, { start: 3 }), "b\n");
  assertEquals(await readTextIfPresent(path, { start: 5 }), "");
  assertEquals(await readTextIfPresent(path, { start: 500 }), "");
  await truncateFile(path, 3);
  assertEquals(await Deno.readTextFile(path), "ü\n");
});

Deno.test("rotateFile keeps one old generation, from the size on", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "f");
  await rotateFile(path, 1);
  await Deno.writeTextFile(path, "12345");
  await rotateFile(path, 6);
  assertEquals(await Deno.readTextFile(path), "12345");
  await Deno.writeTextFile(`${path}.1`, "old");
  await rotateFile(path, 5);
  assertEquals(await Deno.readTextFile(`${path}.1`), "12345");
  assertEquals(kindAt(path), "nothing");
});

Deno.test("kindAt names what a path leads to", async () => {
  await using profile = await tempProfile();
  const at = (name: string) => join(profile.root, name);
  await Deno.writeTextFile(at("file"), "");
  await Deno.symlink("nowhere", at("dangling"));
  await Deno.symlink("loop", at("loop"));
  await Deno.symlink("home", at("linked"));
  await new Deno.Command("mkfifo", { args: [at("fifo")] }).output();
  assertEquals(
    ["no", "file", "dangling", "loop", "linked", "fifo"].map((name) => kindAt(at(name))),
    [
      "nothing",
      "file",
      "a dangling symlink",
      "a file that cannot be read",
      "a directory",
      "something that is not a file",
    ],
  );
  const below = at("file/below");
  assertThrows(() => kindAt(below), UserError, `cannot inspect ${below}: `);
});

Deno.test("findProgram takes the first executable file of that name", async () => {
  await using profile = await tempProfile();
  const [a, b] = [join(profile.root, "a"), join(profile.root, "b")];
  for (const dir of [a, b]) await Deno.mkdir(join(dir, "sub"), { recursive: true });
  await Deno.writeTextFile(join(a, "tool"), "", { mode: 0o600 });
  await Deno.writeTextFile(join(b, "tool"), "", { mode: 0o700 });
  const path = `:/nowhere:${a}:${b}`;
  assertEquals(findProgram("tool", path), join(b, "tool"));
  assertEquals(findProgram("sub", path), null);
  assertEquals(findProgram("tool", ""), null);
  // Only others may execute it; root may, too.
  await Deno.chmod(join(a, "tool"), 0o611);
  assertEquals(findProgram("tool", path), join(Deno.uid() === 0 ? a : b, "tool"));
});

Deno.test("readTextIfPresent waits for no pipe, unless it is told that there may be one", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "pipe");
  await new Deno.Command("mkfifo", { args: [path] }).output();
  await assertRejects(
    () => readTextIfPresent(path),
    Error,
    `cannot read ${path}: it is a FIFO, not a file`,
  );
  const writing = Deno.writeTextFile(path, "x");
  assertEquals(await readTextIfPresent(path, { pipe: true }), "x");
  await writing;
});
