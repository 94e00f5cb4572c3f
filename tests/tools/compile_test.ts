import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stop } from "esbuild";
import { STATIC_SCOPE } from "../../src/os/env.ts";
import { bundle } from "../../tools/bundle.ts";
import { compileTarget } from "../../tools/compile_target.ts";
import { ownTarget, programName } from "../../tools/targets.ts";
import { checkout, denoDir, emptyHome } from "../support/looop.ts";
import { readEmbedded } from "./embedded.ts";
import { exists, run, useLooop } from "./use_looop.ts";

const TARGET = ownTarget()!;

Deno.test("compiled looop: its one file and scope; first run, tick, and a worker that calls it", async () => {
  await using home = await emptyHome();
  const temp = join(home.dir, "build");
  const looop = join(temp, "looop.js");
  await Deno.mkdir(temp);
  await bundle(looop, temp);
  await stop();
  let runs = true;
  const { path } = await compileTarget(TARGET, join(home.dir, "bin"), looop).catch((error) => {
    runs = false;
    assertStringIncludes(error.message, `cannot compile looop for ${TARGET}, for want of Deno's`);
    console.log(
      "no denort can be had here, so no compiled looop is run: a program made of deno itself is looked into, " +
        "and its bundle runs with its scope",
    );
    return compileTarget(TARGET, join(home.dir, "bin"), looop, Deno.execPath());
  });

  const { files, metadata } = await readEmbedded(path);
  assertEquals(files, ["looop.js"]);
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
  const main = ["--no-config", "--no-lock", "--no-remote", looop];
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
        "it printed: error: unrecognized subcommand 'version'\n" +
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
