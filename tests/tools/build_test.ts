import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { shellOn } from "../e2e/shell_on.ts";
import { checkout, denoDir, type EmptyHome, emptyHome } from "../support/looop.ts";
import { exists, run, useLooop } from "./use_looop.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Builds into `directory`. */
async function build(folder: string, args: string[] = []): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(checkout, "tools/build.ts"), "--output", folder, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, text: decode(stdout) + decode(stderr) };
}

/** Runs npm with this machine's own cache, so that Deno is fetched once. */
async function npm(args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", { args, cwd, stdin: "null" })
    .output();
  if (!success) throw new Error(`npm ${args.join(" ")}: ${decode(stderr)}`);
  return decode(stdout);
}

/** A home without a Deno on PATH: only the package's own can run looop. */
async function bareHome(): Promise<EmptyHome> {
  const dirs = (Deno.env.get("PATH") ?? "").split(":");
  const bare = await Promise.all(
    dirs.map(async (folder) => !await exists(join(folder, "deno"))),
  );
  return await emptyHome({ PATH: dirs.filter((_, index) => bare[index]).join(":") });
}

Deno.test("build: npm installs the package into a prefix with spaces, and its looop works", async () => {
  await using home = await bareHome();
  const dist = join(home.dir, "dist");
  const built = await build(dist, ["--repository", "someone/looop"]);
  assertEquals(built.code, 0, built.text);
  const { name, version } = JSON.parse(await Deno.readTextFile(join(checkout, "deno.json")));
  const manifest = JSON.parse(await Deno.readTextFile(join(dist, "npm/package.json")));
  assertEquals([manifest.name, manifest.version, manifest.license], [name, version, "MIT"]);
  assertEquals(manifest.repository.url, "git+https://github.com/someone/looop.git");
  const [packed] = JSON.parse(await npm(["pack", "--json"], join(dist, "npm")));
  assertEquals(
    packed.files.map(({ path }: { path: string }) => path),
    ["LICENSE", "README.md", "bin/looop", "looop.js", "package.json"],
  );

  const prefix = join(home.dir, "a prefix");
  const tarball = join(dist, "npm", packed.filename);
  await npm(
    ["install", "--prefix", prefix, "--ignore-scripts", "--no-audit", "--no-fund", tarball],
    dist,
  );
  const looop = join(prefix, "node_modules/.bin/looop");
  const env = { ...home.env, DENO_DIR: denoDir() };
  const shown = await run([looop, "version"], env);
  assertEquals([shown.code, shown.stderr], [0, ""]);
  assertMatch(shown.stdout, new RegExp(`^looop ${version} \\(deno 2\\.`));
  assertEquals((await run([looop, "tset"], env)).code, 2);
  assertStringIncludes((await run([looop, "completions", "bash"], env)).stdout, "complete ");

  await useLooop([looop], home);
  await ticksWithSensors(looop, home, env);
  await endsBySignal(looop, home, env);
  await usesTerminal(looop, env);
});

/** One tick with a shell script, and with a TypeScript sensor in a Deno of its own. */
async function ticksWithSensors(looop: string, home: EmptyHome, env: Record<string, string>) {
  const sensors = join(home.dataDir, "sensors");
  await Deno.writeTextFile(join(sensors, "sh.sh"), `#!/bin/sh\necho '{"signal":"from sh"}'\n`, {
    mode: 0o700,
  });
  await Deno.writeTextFile(
    join(sensors, "ts.ts"),
    `console.log(JSON.stringify({ signal: "from " + typeof Deno }));\n`,
  );
  const { code, stderr } = await run([looop, "tick"], env);
  assertEquals(code, 0, stderr);
  const snapshot = async (name: string) =>
    JSON.parse(await Deno.readTextFile(join(home.dataDir, "snapshots", `${name}.json`)))
      .result.value.signal;
  assertEquals([await snapshot("sh"), await snapshot("ts")], ["from sh", "from object"]);
}

/** A pulse gets the signal itself: no process stands between it and its parent. */
async function endsBySignal(looop: string, home: EmptyHome, env: Record<string, string>) {
  const pulse = new Deno.Command(looop, {
    env,
    clearEnv: true,
    cwd: home.dir,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = pulse.stdout.getReader();
  await reader.read();
  pulse.kill("SIGTERM");
  while (!(await reader.read()).done);
  assertEquals((await pulse.status).code, 143);
}

/** On a terminal `init` asks its questions. */
async function usesTerminal(looop: string, env: Record<string, string>) {
  await using shell = await shellOn({ ...env, TERM: "xterm-256color", PS1: "$ " }, [
    "bash",
    "--norc",
    "--noprofile",
    "-i",
  ]);
  await shell.type("-l", `test -t 0 && '${looop}' init; echo "sta""tus $?"`);
  await shell.type("Enter");
  // The command line itself may break anywhere, also behind a question mark.
  await shell.seen(/What decides\?[^]*^> /m, 60_000);
  await shell.type("C-c");
  await shell.seen(/^status 130/m, 60_000);
}

Deno.test("build: the directory of the release archive runs by the Deno on PATH, through a symlink", async () => {
  await using home = await emptyHome();
  const dist = join(home.dir, "dist");
  const built = await build(dist);
  assertEquals(built.code, 0, built.text);
  const names = await Array.fromAsync(Deno.readDir(join(dist, "looop")), ({ name }) => name);
  assertEquals(names.sort(), ["LICENSE", "README.md", "bin", "looop.js"]);
  await Deno.symlink(join(dist, "looop/bin/looop"), join(home.dir, "looop"));
  await useLooop([join(home.dir, "looop")], home, { LOOOP_DENO: Deno.execPath() });
  const shim = await Deno.readTextFile(join(home.dataDir, ".looop/bin/looop"));
  assertStringIncludes(shim, `exec ${join(dist, "looop/bin/looop")} "$@"`);
});

Deno.test("build: refuses what it does not know", async () => {
  const unknown = await build("/nowhere", ["--fast"]);
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.text, "build: unexpected argument --fast\nusage: deno task build");
  const odd = await build("/nowhere", ["--repository", "looop"]);
  assertEquals(odd.code, 2);
  assertStringIncludes(odd.text, "build: --repository looop is not OWNER/NAME");
});
