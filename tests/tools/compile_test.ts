import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { SCOPE } from "../../tools/compile_flags.ts";
import { compileTarget } from "../../tools/compile_target.ts";
import { ownTarget, programName } from "../../tools/targets.ts";
import { checkout, denoDir, type EmptyHome, emptyHome, type Ran } from "../e2e/looop.ts";
import { eventually } from "../eventually.ts";
import { git } from "../git.ts";
import { readEmbedded } from "./embedded.ts";

const TARGET = ownTarget()!;

/** Runs a program to its end, in an environment of its own. */
async function run(argv: string[], env: Record<string, string>): Promise<Ran> {
  const [program, ...args] = argv;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    cwd: env.HOME ?? checkout,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** What a person does with a fresh program: looks, ticks, starts a worker, who calls looop through the shim. */
async function useIt(argv: string[], home: EmptyHome): Promise<void> {
  const { dir, dataDir } = home;
  const runtime = await Deno.makeTempDir({ prefix: "lc_" });
  const env = {
    ...home.env,
    XDG_RUNTIME_DIR: runtime,
    DENO_DIR: denoDir(),
    LD_LIBRARY_PATH: "/nowhere",
    SHELL: "/bin/sh",
  };
  await Deno.mkdir(join(dir, ".config"));
  const config = {
    runner: "none",
    worker_runner: "mine",
    runners: { mine: { worker: '"$LOOOP_BIN" version > seen; exec sleep 600' } },
  };
  await Deno.writeTextFile(join(dir, ".config/looop.json"), JSON.stringify(config));
  try {
    const first = await run([...argv, "tick"], env);
    assertEquals(first.code, 0, first.stderr);
    assertEquals(await exists(join(dataDir, "goals/setup.md")), true);
    assertEquals(await Deno.readTextFile(join(dataDir, "PLAYBOOK.md")), await seed("PLAYBOOK.md"));
    assertStringIncludes(await git(dataDir, "log", "--format=%B"), "Looop-Run: ");
    const started = await run([...argv, "start-session", "one", "do it"], env);
    assertEquals(started.code, 0, started.stderr);
    const seen = join(dataDir, "seen");
    await eventually("the worker has called looop", async () => await exists(seen, 1));
    assertEquals(await Deno.readTextFile(seen), (await run([...argv, "version"], env)).stdout);
    const killed = await run([...argv, "kill", "one"], env);
    assertEquals(killed.code, 0, killed.stderr);
  } finally {
    const server = await Deno.readTextFile(join(dataDir, ".looop/tmux.json")).catch(() => null);
    if (server !== null) await run(["kill", "-KILL", String(JSON.parse(server).pid)], env);
    await Deno.remove(runtime, { recursive: true });
  }
}

async function exists(path: string, bytes = 0): Promise<boolean> {
  return await Deno.stat(path).then(({ size }) => size >= bytes, () => false);
}

/** Whether a module has nothing that is there when the program runs. */
function isTypesOnly(file: string): boolean {
  if (!file.endsWith(".ts")) return false;
  const text = Deno.readTextFileSync(join(checkout, file));
  return file.startsWith("src/") && !/^export (async|function|const|class|\{|\*)/m.test(text);
}

const seed = (name: string) => Deno.readTextFile(join(checkout, "seeds", name));

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
    .split("\n").filter((file) => !/^src\/library/.test(file) && !isTypesOnly(file));
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

  if (runs) return await useIt([path], home);
  const copy = join(home.dir, "copy");
  for (const file of files) {
    await Deno.mkdir(dirname(join(copy, file)), { recursive: true });
    await Deno.copyFile(join(checkout, file), join(copy, file));
  }
  const main = ["--cached-only", "--config", join(copy, "deno.json"), join(copy, "main.ts")];
  await useIt([Deno.execPath(), "run", ...SCOPE, "--quiet", ...main], home);
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
