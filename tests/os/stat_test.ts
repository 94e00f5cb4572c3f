import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  fileSize,
  read,
  readBytes,
  readLines,
  readTail,
  readTextIfPresent,
} from "../../src/os/read.ts";
import { appendLine } from "../../src/os/write.ts";
import { UserError } from "../../src/schema/errors.ts";
import { tempProfile } from "../support/temp_profile.ts";

const readers: Record<string, (path: string) => unknown> = {
  readTextIfPresent,
  readBytes,
  fileSize,
  read: (path) => read(path),
  readFrom: (path) => readTextIfPresent(path, { start: 0, maxBytes: 10 }),
  readPart: (path) => read(path, { maxBytes: 10 }),
  readTail: (path) => readTail(path, 10),
  readLines: (path) => readLines(path).next(),
};

Deno.test("every reader, and appendLine, refuse at once what is no file, and say what it is", async () => {
  await using profile = await tempProfile();
  const at = (name: string) => join(profile.root, name);
  await new Deno.Command("mkfifo", { args: [at("fifo")] }).output();
  await Deno.symlink("fifo", at("to_fifo"));
  await Deno.symlink("nowhere", at("dangling"));
  using _socket = Deno.listen({ transport: "unix", path: at("socket") });
  const odd = {
    [at("fifo")]: "a FIFO",
    [at("to_fifo")]: "a FIFO",
    [at("dangling")]: "a dangling symlink",
    [at("socket")]: "a socket",
    [at("home")]: "a directory",
    "/dev/zero": "a device",
  };
  for (const [path, what] of Object.entries(odd)) {
    for (const [name, read] of Object.entries(readers)) {
      const { message } = await assertRejects(() => Promise.try(read, path), UserError);
      assertEquals(message, `cannot read ${path}: it is ${what}, not a file; move it away`, name);
    }
    const { message } = await assertRejects(() => appendLine(path, "x"), UserError);
    assertEquals(message, `cannot append to ${path}: it is ${what}, not a file; move it away`);
  }
});

Deno.test("every reader but readBytes takes a missing file for an empty one, and follows symlinks", async () => {
  await using profile = await tempProfile({ files: { "PLAYBOOK.md": "text" } });
  const link = join(profile.root, "link");
  await Deno.symlink("data/PLAYBOOK.md", link);
  const found = async (path: string) => {
    const { readBytes: _, ...rest } = readers;
    return await Promise.all(Object.values(rest).map((read) => read(path)));
  };
  const bytes = new TextEncoder().encode("text");
  assertEquals(readBytes(link), bytes);
  assertEquals(await found(link), ["text", 4, bytes, "text", bytes, "text", {
    done: false,
    value: [],
  }]);
  const missing = join(profile.root, "missing");
  assertEquals(await found(missing), [null, 0, null, null, null, "", {
    done: true,
    value: undefined,
  }]);
  assertThrows(() => readBytes(missing), UserError, `cannot read ${missing}: `);
  const below = join(link, "below");
  await assertRejects(() => readTextIfPresent(below), UserError, `cannot read ${below}: Not a dir`);
});
