import { assertEquals, assertRejects } from "@std/assert";
import { move } from "@std/fs";

Deno.test("move replaces a destination only when told to", async () => {
  const dir = await Deno.makeTempDir({ prefix: "looop_test_" });
  try {
    const [a, b] = [`${dir}/a`, `${dir}/b`];
    await Deno.writeTextFile(a, "a");
    await Deno.symlink("nowhere", b);
    await assertRejects(() => move(a, b), Deno.errors.AlreadyExists);
    await move(a, b, { overwrite: true });
    assertEquals(await Deno.readTextFile(b), "a");
    assertEquals(Array.from(Deno.readDirSync(dir), ({ name }) => name), ["b"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
