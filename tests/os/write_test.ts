import { assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import { isPresent } from "../../src/os/stat.ts";
import {
  appendLine,
  createFile,
  isTemporary,
  probeWrite,
  replaceFile,
  rotateFile,
  syncDir,
  truncateFile,
} from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { openFiles } from "../support/open_files.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { traceWrites } from "./trace_writes.ts";

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

Deno.test("syncDir names a directory that is missing", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "missing");
  await assertRejects(() => syncDir(path), UserError, `cannot sync ${path}: No such file`);
});

Deno.test("probeWrite refuses a directory with room for a few bytes only, and leaves nothing in it", async () => {
  await using disk = await smallDisk();
  await disk.fill(4096);
  await assertRejects(() => probeWrite(disk.path), UserError, `cannot write to ${disk.path}: `);
  await disk.empty();
  await probeWrite(disk.path);
  assertEquals(names(disk.path), []);
});

Deno.test("what writes a file leaves none open", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "file");
  await createFile(path, "one");
  await replaceFile(path, "two");
  await appendLine(path, "three");
  await truncateFile(path, 0);
  await probeWrite(profile.root);
  await rotateFile(path, 0);
  await syncDir(profile.root);
  assertEquals(openFiles(profile.root), []);
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

function names(dir: string): string[] {
  return [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
}

Deno.test("replaceFile writes the new content and mode, and leaves nothing beside it", async () => {
  await using profile = await tempProfile();
  const dir = profile.paths.reports;
  const path = join(dir, "a 'b' -c.txt");
  await replaceFile(path, "one");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  await replaceFile(path, new Uint8Array([0xff, 0x0a]), { mode: 0o700 });
  assertEquals(await Deno.readFile(path), new Uint8Array([0xff, 0x0a]));
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  assertEquals(names(dir), ["a 'b' -c.txt"]);
});

Deno.test("replaceFile takes a symlink's place and leaves what it led to alone", async () => {
  await using profile = await tempProfile();
  const [path, target] = [join(profile.root, "link"), join(profile.root, "target")];
  await Deno.writeTextFile(target, "theirs");
  await Deno.symlink(target, path);
  await replaceFile(path, "mine");
  assertEquals(await Deno.readTextFile(target), "theirs");
  assertEquals((await Deno.lstat(path)).isSymlink, false);
});

Deno.test("replaceFile that fails leaves the old content and no half-made file", async () => {
  await using profile = await tempProfile();
  const dir = join(profile.root, "there");
  await Deno.mkdir(join(dir, "full"), { recursive: true });
  await Deno.writeTextFile(join(dir, "full", "old"), "old");
  await assertRejects(
    () => replaceFile(join(dir, "full"), "new"),
    Error,
    `cannot write ${join(dir, "full")}: `,
  );
  assertEquals(names(dir), ["full"]);
  assertEquals(await Deno.readTextFile(join(dir, "full", "old")), "old");
  const nowhere = join(profile.root, "nowhere", "x");
  await assertRejects(() => replaceFile(nowhere, "new"), Error, `cannot write ${nowhere}: `);
});

Deno.test("replaceFile shows a reader the old content or the new, never a part", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "big");
  const versions = ["a", "b"].map((letter) => letter.repeat(300_000));
  await replaceFile(path, versions[0], { durable: false });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 30; i++) await replaceFile(path, versions[i % 2], { durable: false });
    writing = false;
  })();
  while (writing) assertEquals(versions.includes(await Deno.readTextFile(path)), true);
  await writer;
});

const TEMPORARY = /(\/\.[^/]+\.)[0-9a-f]{8}\.tmp/g;
for (
  const [what, call, calls] of [
    ["replaceFile writes the file, then its directory, to the disk", `replaceFile("a/b", "x")`, [
      "sync a/.b.*.tmp",
      "rename a/.b.*.tmp a/b",
      "sync a",
    ]],
    [
      "replaceFile waits for no disk where the file need not be durable",
      `replaceFile("a/b", "x", { durable: false })`,
      ["rename a/.b.*.tmp a/b"],
    ],
    ["createFile writes the file, then its directory, to the disk", `createFile("a/b", "x")`, [
      "sync a/.b.*.tmp",
      "link a/.b.*.tmp a/b",
      "unlink a/.b.*.tmp",
      "sync a",
    ]],
    ["probeWrite writes a file and its directory to the disk", `probeWrite("a")`, [
      "sync a/.try.*.tmp",
      "unlink a/.try.*.tmp",
      "sync a",
    ]],
    ["syncDir writes a directory to the disk", `syncDir("a")`, ["sync a"]],
    ["appendLine writes the file to the disk", `appendLine("a/b", "x")`, ["sync a/b"]],
    [
      "appendLine waits for no disk where the line need not be durable",
      `appendLine("a/b", "x", { durable: false })`,
      [],
    ],
    ["truncateFile writes the file to the disk", `truncateFile("a/there", 0)`, ["sync a/there"]],
  ] as [string, string, string[]][]
) {
  Deno.test(what, async () => {
    await using profile = await tempProfile();
    await Deno.mkdir(join(profile.root, "a"));
    await Deno.writeTextFile(join(profile.root, "a", "there"), "x");
    const code = `import * as module from "@src/os/write.ts"; await module.${call};`;
    const traced = await traceWrites(code, profile.root);
    assertEquals(traced.map((line) => line.replaceAll(TEMPORARY, "$1*.tmp")), calls);
    const names = traced.flatMap((line) => line.match(TEMPORARY) ?? []).map((path) =>
      basename(path)
    );
    assertEquals(names.filter((name) => !isTemporary(name)), []);
  });
}

Deno.test("isTemporary tells a name of replaceFile's from one that a user may give", () => {
  const names = [".goal.md.0123cdef.tmp", ".a.b.tmp.0123cdef.tmp"];
  const others = [
    ...["goal.md.0123cdef.tmp", ".0123cdef.tmp", ".goal.md.0123cdef.tmp.md", ".goal.md.tmp"],
    ...[".goal.md.0123CDEF.tmp", ".goal.md.0123cdefa.tmp", ".goal.md.0123cde.tmp"],
  ];
  assertEquals([...names, ...others].filter(isTemporary), names);
});

Deno.test("replaceFile and createFile leave files that their owner alone can read", async () => {
  await using profile = await tempProfile();
  const paths = ["replaced", "created"].map((name) => join(profile.root, name));
  await Deno.writeTextFile(paths[0], "old", { mode: 0o644 });
  await replaceFile(paths[0], "new");
  await createFile(paths[1], "new");
  for (const path of paths) assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600, path);
});

Deno.test("createFile makes a file, and never touches what is there", async () => {
  await using profile = await tempProfile();
  const dir = profile.paths.reports;
  const path = join(dir, "new");
  await createFile(path, "mine", 0o700);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  await Deno.symlink("/nowhere/at/all", join(dir, "dangling"));
  for (const name of ["new", "dangling"]) {
    const taken = join(dir, name);
    await assertRejects(() => createFile(taken, "other"), Error, `cannot make ${taken}: `);
  }
  assertEquals(await Deno.readTextFile(path), "mine");
  assertEquals(await Deno.readLink(join(dir, "dangling")), "/nowhere/at/all");
  assertEquals(names(dir), ["dangling", "new"]);
});
