import { assertEquals, assertMatch } from "@std/assert";
import { stripAnsiCode } from "@std/colors";
import { checkout } from "../support/looop.ts";

Deno.test("package: its documentation becomes HTML without a warning", async () => {
  const dir = await Deno.makeTempDir({ prefix: "looop-doc-" });
  try {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["doc", "--html", "--name=looop", `--output=${dir}`, "mod.ts"],
      cwd: checkout,
      stdin: "null",
    }).output();
    const said = stripAnsiCode(new TextDecoder().decode(stderr));
    assertEquals(code, 0, said);
    assertMatch(said, /^Written \d+ files to "[^"]+"\n$/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
