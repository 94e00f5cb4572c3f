import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checkout } from "../support/looop.ts";

const examples = join(checkout, "examples");

Deno.test("examples/README.md lists every example, and each has a README and a test of its own", async () => {
  const dirs = [...Deno.readDirSync(examples)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
  const readme = await Deno.readTextFile(join(examples, "README.md"));
  const listed = [...readme.matchAll(/^\| \[([\w-]+)\]\(\1\)/gm)].map(([, name]) => name).sort();
  assertEquals(listed, dirs);
  const tests = [...Deno.readDirSync(join(checkout, "tests", "examples"))].map(({ name }) => name);
  for (const name of dirs) {
    assertEquals((await Deno.stat(join(examples, name, "README.md"))).isFile, true, name);
    assertEquals(tests.includes(`${name.replaceAll("-", "_")}_test.ts`), true, name);
  }
});
