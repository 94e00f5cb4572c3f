import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { STATIC_SCOPE } from "../../src/host/static_scope.ts";
import { compileTarget } from "../../tools/compile_target.ts";
import { ownTarget, programName } from "../../tools/targets.ts";
import { checkout, denoDir, emptyHome } from "../e2e/looop.ts";
import { git } from "../git.ts";
import { readEmbedded } from "./embedded.ts";
import { exists, run, useLooop } from "./use_looop.ts";

const TARGET = ownTarget()!;

/** Whether a module has nothing that is there when the program runs. */
function isTypesOnly(file: string): boolean {
  if (!file.endsWith(".ts")) return false;
  const text = Deno.readTextFileSync(join(checkout, file));
  return file.startsWith("src/") && !/^export (async|function|const|class|\{|\*)/m.test(text);
}

Deno.test("compiled looop: its files, packages and scope; first run, tick, and a worker that calls it", async () => {
  await using home = await emptyHome();
  let runs = true;
  const { path } = await compileTarget(TARGET, join(home.dir, "bin")).catch((error) => {
    runs = false;
    assertStringIncludes(error.message, `cannot compile looop for ${TARGET}, for want of Deno's`);
    console.log(
      "no denort can be had here, so no compiled looop is run: a program made of deno itself is looked into, " +
        "and its files run with its scope",
    );
    return compileTarget(TARGET, join(home.dir, "bin"), Deno.execPath());
  });

  const { files, packages, metadata } = await readEmbedded(path);
  const ours = (await git(checkout, "ls-files", "-co", "--exclude-standard", "src", "seeds"))
    .split("\n").filter((file) =>
      !/^src\/(library|model\/move_json_schema)/.test(file) && !isTypesOnly(file)
    );
  assertEquals(files, [...ours, "deno.json", "main.ts"].sort());
  assertEquals(packages, [
    ...[
      "@marcbachmann/cel-js",
      "@xterm/headless",
      "dax",
      "deno-std",
      "diff",
      "undici-types",
      "zod",
    ],
  ]);
  const { allow_run, allow_sys, allow_write, allow_net, allow_ffi, deny_import, prompt } =
    metadata.permissions;
  assertEquals([allow_run, allow_sys, prompt], [
    ["bash", "git", "tmux", "script", "ps"],
    ["hostname", "uid"],
    false,
  ]);
  assertEquals([allow_write, deny_import, allow_net, allow_ffi], [[], [], null, null]);
  assertEquals([metadata.argv, metadata.code_cache_key, metadata.log_level], [[], null, "ERROR"]);
  assert(metadata.v8_flags.includes("--max-semi-space-size=2"), metadata.v8_flags.join(" "));

  if (runs) return await useLooop([path], home);
  const copy = join(home.dir, "copy");
  for (const file of files) {
    await Deno.mkdir(dirname(join(copy, file)), { recursive: true });
    await Deno.copyFile(join(checkout, file), join(copy, file));
  }
  const main = ["--cached-only", "--config", join(copy, "deno.json"), join(copy, "main.ts")];
  await useLooop([Deno.execPath(), "run", ...STATIC_SCOPE, "--quiet", ...main], home);
});

Deno.test("compile says how to give it a runtime, and does not leave a program that does not run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "looop-compile-" });
  const compile = (args: string[], env: Record<string, string> = {}) =>
    run([Deno.execPath(), "run", "-A", join(checkout, "tools/compile.ts"), ...args], {
      PATH: Deno.env.get("PATH")!,
      HOME: folder,
      DENO_DIR: denoDir(),
      NO_COLOR: "1",
      ...env,
    });
  try {
    const program = join(folder, "out", programName(TARGET));
    const wrong = await compile(["--output", join(folder, "out")], {
      DENORT_BIN: Deno.execPath(),
    });
    assertEquals([wrong.code, wrong.stdout], [1, ""]);
    assertEquals(
      wrong.stderr,
      `compile: ${program} was compiled, but does not run, and was removed; ` +
        "it said: error: unrecognized subcommand 'version'\n" +
        `is DENORT_BIN=${Deno.execPath()} the denort of Deno ${Deno.version.deno} for ${TARGET}?\n`,
    );
    assertEquals(await exists(program), false);
    const none = await compile(["--output", folder], { DENORT_BIN: "/nowhere/denort" });
    assertEquals([none.code, none.stdout], [1, ""]);
    assertStringIncludes(none.stderr, "Could not find denort at '/nowhere/denort'");
    const two = await compile(["--target", "all"], { DENORT_BIN: Deno.execPath() });
    assertEquals(two.code, 2);
    assertStringIncludes(
      two.stderr,
      "compile: DENORT_BIN is a runtime for one target: compile one",
    );
    const unknown = await compile(["--target", "amiga"]);
    assertEquals(unknown.code, 2);
    assertStringIncludes(unknown.stderr, "compile: unknown target amiga\nusage: deno task compile");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
