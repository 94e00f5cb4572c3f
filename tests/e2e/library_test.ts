import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { checkout, denoDir, emptyHome } from "../support/looop.ts";

/** Runs Deno in a directory of somebody else's, which finds looop through `links`. */
async function elsewhere(args: string[], script?: string) {
  await using home = await emptyHome();
  await Deno.writeTextFile(join(home.dir, "deno.json"), JSON.stringify({ links: [checkout] }));
  if (script) await Deno.writeTextFile(join(home.dir, "main.ts"), script);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: home.dir,
    env: {
      HOME: home.dir,
      NO_COLOR: "1",
      DENO_DIR: denoDir(),
    },
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

Deno.test("deno run -A jsr:@looop/cli from another directory is the command line", async () => {
  const { code, stdout, stderr } = await elsewhere(["run", "-A", "jsr:@looop/cli", "version"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /^looop \d+\.\d+\.\d+/);
});

Deno.test("the same import is the library, and does nothing by itself", async () => {
  const { code, stdout, stderr } = await elsewhere(
    ["run", "-A", "main.ts"],
    `import { tick } from "jsr:@looop/cli";
console.log([...Deno.readDirSync(".")].map((entry) => entry.name).includes(".local"));
const options = { dataDir: Deno.cwd() + "/data", configPath: Deno.cwd() + "/looop.json" };
const move = { action: "noop", reason: "…", journal: "looked" } as const;
console.log((await tick({ ...options, decide: () => move })).outcome);
console.log((await tick({ ...options, decide: () => move })).outcome);
`,
  );
  assertEquals([code, stdout], [0, "false\nmoved\nidle\n"], stderr);
});
