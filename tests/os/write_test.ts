import { assertEquals, assertRejects } from "@std/assert";
import { basename, join } from "@std/path";
import {
  appendLine,
  createFile,
  isTemporary,
  overwriteFile,
  probeWrite,
  replaceFile,
  rotateFile,
  syncDir,
  truncateFile,
} from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { smallDisk } from "../faults/small_disk.ts";
import { openFiles } from "../support/open_files.ts";
import { rootTest } from "../support/root_test.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { traceWrites } from "./trace_writes.ts";

Deno.test("syncDir names a directory that is missing", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "missing");
  await assertRejects(() => syncDir(path), UserError, `cannot sync ${path}: No such file`);
});

rootTest(
  import.meta.url,
  "probeWrite refuses a directory with room for a few bytes only, and leaves nothing in it",
  async () => {
    await using disk = await smallDisk();
    await disk.fill(4096);
    await assertRejects(() => probeWrite(disk.path), UserError, `cannot write to ${disk.path}: `);
    await disk.empty();
    await probeWrite(disk.path);
    assertEquals(names(disk.path), []);
  },
);

Deno.test("what writes a file leaves none open", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "file");
  await createFile(path, "one");
  await replaceFile(path, "two");
  await overwriteFile(path, "three");
  await appendLine(path, "four");
  await truncateFile(path, 0);
  await probeWrite(profile.root);
  await rotateFile(path, 0);
  await syncDir(profile.root);
  assertEquals(openFiles(profile.root), []);
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

Deno.test("overwriteFile writes the content into the same file, whether longer or shorter", async () => {
  await using profile = await tempProfile();
  const path = join(profile.root, "reading");
  await overwriteFile(path, "new");
  const { ino, mode } = await Deno.stat(path);
  assertEquals(mode! & 0o777, 0o600);
  for (const content of ["a longer one, ü", "ü", ""]) {
    await overwriteFile(path, content);
    assertEquals([await Deno.readTextFile(path), (await Deno.stat(path)).ino], [content, ino]);
  }
});

Deno.test("overwriteFile replaces what is not a file of its own, and leaves what that leads to alone", async () => {
  await using profile = await tempProfile();
  const other = join(profile.root, "other");
  const path = join(profile.root, "reading");
  await Deno.writeTextFile(other, "kept");
  const make: [string, () => Promise<unknown>][] = [
    ["a symlink", () => Deno.symlink(other, path)],
    ["a dangling symlink", () => Deno.symlink(join(profile.root, "nothing"), path)],
    ["a hard link", () => Deno.link(other, path)],
    ["a FIFO", () => new Deno.Command("mkfifo", { args: [path] }).output()],
  ];
  for (const [what, put] of make) {
    await put();
    await overwriteFile(path, what);
    const { isFile, nlink } = await Deno.lstat(path);
    assertEquals([await Deno.readTextFile(path), isFile, nlink], [what, true, 1]);
    await Deno.remove(path);
  }
  assertEquals(await Deno.readTextFile(other), "kept");
  await Deno.mkdir(join(path, "full"), { recursive: true });
  await assertRejects(() => overwriteFile(path, "x"), UserError, "cannot write ");
});
