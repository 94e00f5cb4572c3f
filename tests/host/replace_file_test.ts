import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { createFile, replaceFile } from "../../src/host/replace_file.ts";
import { tempProfile } from "../profile/temp_profile.ts";

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("replaceFile writes the new content and mode, and leaves nothing beside it", async () => {
  await using profile = await tempProfile();
  const folder = profile.paths.reports;
  const path = join(folder, "a 'b' -c.txt");
  await replaceFile(path, "one");
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  await replaceFile(path, new Uint8Array([0xff, 0x0a]), { mode: 0o700 });
  assertEquals(await Deno.readFile(path), new Uint8Array([0xff, 0x0a]));
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  assertEquals(names(folder), ["a 'b' -c.txt"]);
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
  const folder = join(profile.root, "there");
  await Deno.mkdir(join(folder, "full"), { recursive: true });
  await Deno.writeTextFile(join(folder, "full", "old"), "old");
  await assertRejects(
    () => replaceFile(join(folder, "full"), "new"),
    Error,
    `cannot replace ${join(folder, "full")}: `,
  );
  assertEquals(names(folder), ["full"]);
  assertEquals(await Deno.readTextFile(join(folder, "full", "old")), "old");
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

Deno.test("createFile makes a file, and never touches what is there", async () => {
  await using profile = await tempProfile();
  const folder = profile.paths.reports;
  const path = join(folder, "new");
  await createFile(path, "mine", 0o700);
  assertEquals((await Deno.stat(path)).mode! & 0o777, 0o700);
  await Deno.symlink("/nowhere/at/all", join(folder, "dangling"));
  for (const name of ["new", "dangling"]) {
    const taken = join(folder, name);
    await assertRejects(() => createFile(taken, "other"), Error, `cannot make ${taken}: `);
  }
  assertEquals(await Deno.readTextFile(path), "mine");
  assertEquals(await Deno.readLink(join(folder, "dangling")), "/nowhere/at/all");
  assertEquals(names(folder), ["dangling", "new"]);
});
