import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { checkout, denoDir, emptyHome } from "../support/looop.ts";

Deno.test("examples/library asks about an inbox, costs nothing while it stays as it is, and takes an answer", async () => {
  await using home = await emptyHome();
  const inbox = join(home.dir, "inbox");
  await Deno.mkdir(inbox);
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "inbox.ts", inbox, ...args],
      cwd: join(checkout, "examples", "library"),
      clearEnv: true,
      env: { ...home.env, DENO_DIR: denoDir(), NO_COLOR: "1" },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).replace(
      /^\w+:|(?<=ask )\w+/gm,
      (id) => id.endsWith(":") ? "ID:" : "ID",
    );
  };
  const asks = "ID: What should be done with invoice.pdf?\n";
  assertEquals(await run(), "saw an empty inbox\n");
  await Deno.writeTextFile(join(inbox, "invoice.pdf"), "");
  assertEquals(await run(), `asked about invoice.pdf (ask ID)\n${asks}`);
  assertEquals(await run(), `idle\n${asks}`);
  await Deno.remove(join(inbox, "invoice.pdf"));
  assertEquals(await run("pay it"), "saw an empty inbox\n");
  const journal = await Deno.readTextFile(join(inbox, ".looop-data", "journal.md"));
  assertEquals(journal.trimEnd().split("\n").length, 3);
});
