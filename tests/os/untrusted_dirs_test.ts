import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UserError } from "../../src/schema/errors.ts";
import { listUpTo, walkFiles } from "../../src/os/untrusted_dirs.ts";
import { tempProfile } from "../support/temp_profile.ts";

const LIMITS = { depth: 3, entries: 50, bytes: 1000 };

/** Makes so many empty files. */
function fill(dir: string, count: number, name = (i: number) => `${i}`.padStart(7, "0")): void {
  for (let i = 0; i < count; i++) {
    Deno.openSync(join(dir, name(i)), { createNew: true, write: true }).close();
  }
}

Deno.test("listUpTo lists a directory that is small, one that is missing, and one that is empty", async () => {
  await using profile = await tempProfile();
  const { paths, environment } = profile;
  for (const name of ["b", "a", ".c"]) await profile.write(`reports/${name}`, "");
  assertEquals(await listUpTo(paths.reports, 3, environment), {
    names: [".c", "a", "b"],
    more: false,
  });
  assertEquals(await listUpTo(paths.reports, 2, environment), { names: [".c", "a"], more: true });
  assertEquals(await listUpTo(paths.claims, 2, environment), { names: [], more: false });
  const nowhere = await listUpTo(join(profile.root, "nowhere"), 2, environment);
  assertEquals(nowhere, { names: [], more: false });
  const file = join(paths.reports, "a");
  await assertRejects(() => listUpTo(file, 2, environment), UserError, "cannot list");
});

Deno.test("listUpTo reads of a large directory only as much as it lists", async () => {
  await using profile = await tempProfile();
  const { paths, environment } = profile;
  // On ext4 the directory itself is then larger than 64 KiB.
  fill(paths.reports, 600, (i) => `${i}-${"x".repeat(200)}`);
  const some = await listUpTo(paths.reports, 100, environment);
  assertEquals([some.names.length, some.more], [100, true]);
  assertEquals(some.names, some.names.toSorted());
  assert(some.names.every((name) => /^\d+-x{200}$/.test(name)), some.names.join());
  const all = await listUpTo(paths.reports, 600, environment);
  assertEquals([new Set(all.names).size, all.more], [600, false]);
});

Deno.test("listUpTo lists a large directory by any name, also one that looks like an option", async () => {
  await using profile = await tempProfile();
  const dir = join(profile.paths.reports, "-l $(touch x) 'é'");
  await Deno.mkdir(dir);
  fill(dir, 500, (i) => `é ${i} ${"y".repeat(200)}`);
  const { names, more } = await listUpTo(dir, 3, profile.environment);
  assertEquals([names.length, more], [3, true]);
  assert(names.every((name) => name.startsWith("é ")), names.join());
});

Deno.test("walkFiles stops after its entries, directories included", async () => {
  await using profile = await tempProfile();
  const { paths, environment } = profile;
  for (let i = 0; i < 60; i++) {
    await Deno.mkdir(join(paths.reports, `d${i}`, "e"), { recursive: true });
  }
  await profile.write("reports/d0/x", "");
  const walked = await walkFiles(paths.reports, LIMITS, environment);
  assertEquals([walked.files, walked.cut], [[], true]);
  assertEquals(walked.skipped, []);
});

Deno.test("walkFiles names the first files that it leaves out, and counts the others", async () => {
  await using profile = await tempProfile();
  const { paths, environment } = profile;
  for (let i = 10; i < 40; i++) await profile.write(`reports/${i}`, "x".repeat(1001));
  await profile.write("reports/z", "");
  const { files, skipped, cut } = await walkFiles(paths.reports, LIMITS, environment);
  assertEquals([files, cut, skipped.length], [["z"], false, 21]);
  assertEquals(skipped.slice(19), [
    "29 has 1001 bytes",
    "10 more entries are left out for such reasons",
  ]);
});

Deno.test("walkFiles sees a repository, and a FIFO that git would open, behind any number of files", async () => {
  await using profile = await tempProfile();
  const { paths, environment } = profile;
  const [one, two] = [join(paths.reports, "one"), join(paths.reports, "two")];
  for (const dir of [one, two]) await Deno.mkdir(dir);
  for (const dir of [one, two]) fill(dir, 60);
  await Deno.mkdir(join(one, ".git"));
  await new Deno.Command("mkfifo", { args: [join(two, ".gitattributes")] }).output();
  const walkOf = async (dir: string) => (await walkFiles(dir, LIMITS, environment)).skipped;
  assertEquals(await walkOf(one), [". is a git repository"]);
  assertEquals(await walkOf(two), [".gitattributes is not a file"]);
});
