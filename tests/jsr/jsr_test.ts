import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { STATIC_SCOPE } from "../../src/os/env.ts";
import { git } from "../support/git.ts";
import { checkout, denoDir, type EmptyHome, emptyHome } from "../support/looop.ts";
import { run, useLooop } from "../tools/use_looop.ts";
import { filesIn } from "./files_in.ts";
import { publishedRegistry, type Registry } from "./registry.ts";

/** A home whose Deno knows the registry, and the npm packages of this machine's, but nothing else. */
async function homeWith({ url }: Registry): Promise<EmptyHome> {
  const home = await emptyHome({ JSR_URL: url, NO_COLOR: "1" });
  home.env.DENO_DIR = join(home.dir, "deno");
  await Deno.mkdir(home.env.DENO_DIR);
  await Deno.symlink(join(denoDir(), "npm"), join(home.env.DENO_DIR, "npm"));
  return home;
}

Deno.test("jsr:@looop/cli: what is published, run and imported; a worker calls the same looop", async (t) => {
  await using registry = await publishedRegistry();

  await t.step("it is published without a warning or a slow type", () => {
    assertStringIncludes(registry.said, "Checking for slow types in the public API...\n");
    assertEquals(registry.said.match(/warning.*/gi), null);
  });

  await t.step("it is what a user needs, and no more", async () => {
    const tracked = await git(checkout, "ls-files", "-co", "--exclude-standard");
    const needed = tracked.split("\n").filter((file) =>
      /^(src|seeds|bin)\/|^(LICENSE|README\.md|deno\.json|main\.ts|mod\.ts)$/.test(file)
    );
    assertEquals(await filesIn(registry.dir), needed.sort());
  });

  await t.step("deno run -A is the command line", async () => {
    await using home = await homeWith(registry);
    const looop = [Deno.execPath(), "run", "--quiet", "-A", "jsr:@looop/cli"];
    const { env } = home;
    await useLooop(looop, home, { DENO_DIR: env.DENO_DIR });
    assertEquals((await run([...looop, "nothing"], env)).code, 2);
    const shim = await Deno.readTextFile(join(home.dataDir, ".looop/bin/looop"));
    const { version } = JSON.parse(await Deno.readTextFile(join(checkout, "deno.json")));
    const again = ["run", "--quiet", "-A", `jsr:@looop/cli@${version}`];
    assertStringIncludes(shim, `${again.join(" ")} "$@"\n`);
  });

  await t.step("importing it gives the library, and does nothing by itself", async () => {
    await using home = await homeWith(registry);
    const program = join(home.dir, "program.ts");
    await Deno.writeTextFile(
      program,
      `import { moveSchema, status, tick } from "jsr:@looop/cli";
       const { data_dir, last_tick } = await status();
       console.log(typeof tick, moveSchema.safeParse({}).success, data_dir, last_tick);`,
    );
    const { code, stdout, stderr } = await run(
      [Deno.execPath(), "run", "-A", "--quiet", "--check", program],
      home.env,
    );
    assertEquals([code, stdout], [0, `function false ${home.dataDir} null\n`], stderr);
  });

  await t.step(
    "install.sh's fallback installs it with its scope, which a worker has as well",
    async () => {
      await using home = await homeWith(registry);
      const bin = join(home.dir, "deno-bin");
      await Deno.mkdir(bin);
      await Deno.symlink(Deno.execPath(), join(bin, "deno"));
      await Deno.writeTextFile(join(bin, "uname"), "#!/bin/sh\necho Plan9\n", { mode: 0o755 });
      const env: Record<string, string> = { ...home.env, PATH: `${bin}:${home.env.PATH}` };
      const installed = await run(["sh", join(checkout, "install.sh")], env);
      assertEquals(installed.code, 0, installed.stderr);
      assertStringIncludes(installed.stdout, `installed ${home.dir}/.local/bin/looop\n`);
      const looop = join(home.dir, ".local/bin/looop");
      await useLooop([looop], home, { DENO_DIR: env.DENO_DIR, PATH: env.PATH });
      const shim = await Deno.readTextFile(join(home.dataDir, ".looop/bin/looop"));
      assertStringIncludes(shim, STATIC_SCOPE.join(" "));
      assertStringIncludes(shim, `export JSR_URL=${registry.url}\n`);
    },
  );
});

Deno.test("jsr:@looop/cli linked to a checkout is that checkout, run and imported", async () => {
  await using home = await emptyHome({ DENO_DIR: denoDir(), NO_COLOR: "1" });
  const config = join(home.dir, "deno.json");
  await Deno.writeTextFile(config, JSON.stringify({ links: [checkout], lock: false }));
  const program = join(home.dir, "program.ts");
  await Deno.writeTextFile(
    program,
    `import { tick } from "jsr:@looop/cli"; console.log(typeof tick);`,
  );
  const deno = [Deno.execPath(), "run", "-A", "--quiet", "--config", config];
  const imported = await run([...deno, program], home.env);
  assertEquals([imported.stdout, imported.stderr], ["function\n", ""]);
  await useLooop([...deno, "jsr:@looop/cli"], home);
  const shim = await Deno.readTextFile(join(home.dataDir, ".looop/bin/looop"));
  assertStringIncludes(shim, `${join(checkout, "main.ts")} "$@"\n`);
});
