import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, fromFileUrl, join } from "@std/path";
import { copyProgram } from "../support/copy_program.ts";

const LAUNCHER = fromFileUrl(import.meta.resolve("../../bin/looop"));

/** Stands in for looop: tries what its arguments say, and prints what came of it. */
const STUB = `
const attempts = {
  write: (path) => Deno.writeTextFile(path, "x"),
  spawn: (program) => new Deno.Command(program, { args: ["--version"] }).output(),
  fetch: (url) => fetch(url),
  import: (url) => import(url),
  env: (name) => Deno.env.get(name) ?? "unset",
  args: () => JSON.stringify(Deno.args),
  host: () => Deno.hostname() && Deno.uid() >= 0,
};
for (const [verb, value] of Deno.args.map((arg) => arg.split(/=(.*)/s))) {
  try {
    const gave = await attempts[verb]?.(value);
    console.log(typeof gave === "string" ? gave : "ok");
  } catch (error) {
    console.log(error.name === "TypeError" ? error.message.split("\\n")[0] : error.name);
  }
}`;

interface Checkout extends AsyncDisposable {
  /** A directory whose name has spaces and quotes, outside of `temp`. */
  root: string;
  home: string;
  temp: string;
  launcher: string;
  launch(args: string[], env?: Record<string, string>, launcher?: string): Promise<Launched>;
}

interface Launched {
  code: number;
  lines: string[];
  stderr: string;
}

async function makeCheckout(): Promise<Checkout> {
  const outer = await Deno.realPath(await Deno.makeTempDir({ prefix: "looop-launcher-" }));
  const root = join(outer, `it's "my" loop`);
  const [home, temp, launcher] = [join(root, "home"), join(root, "temp"), join(root, "bin/looop")];
  for (const dir of [root, home, temp, join(root, "bin")]) await Deno.mkdir(dir);
  await copyProgram(LAUNCHER, launcher);
  await Deno.writeTextFile(join(root, "main.ts"), STUB);
  await Deno.writeTextFile(join(root, "deno.json"), "{}");
  const launch: Checkout["launch"] = async (args, env = {}, program = launcher) => {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: home,
      clearEnv: true,
      env: {
        HOME: home,
        TMPDIR: temp,
        PATH: Deno.env.get("PATH")!,
        LOOOP_DENO: Deno.execPath(),
        ...env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, lines: text(stdout).split("\n").slice(0, -1), stderr: text(stderr) };
  };
  return {
    root,
    home,
    temp,
    launcher,
    launch,
    [Symbol.asyncDispose]: () => Deno.remove(outer, { recursive: true }),
  };
}

Deno.test("launcher allows writes to the data dir, the config's directory and temp alone", async () => {
  await using checkout = await makeCheckout();
  const { home, temp, root, launch } = checkout;
  for (const dir of [".local/state/looop/goals", ".config"]) {
    await Deno.mkdir(join(home, dir), { recursive: true });
  }
  const paths = [
    join(home, ".local/state/looop/goals/a.md"),
    join(home, ".config/looop.json"),
    join(temp, "a"),
    join(home, ".local/state/other"),
    join(home, ".bashrc"),
    join(root, "main.ts"),
    "/tmp/looop-launcher-test",
  ];
  const { lines } = await launch(paths.map((path) => `write=${path}`));
  const denied = "NotCapable";
  assertEquals(lines, ["ok", "ok", "ok", denied, denied, denied, denied]);
});

Deno.test("launcher follows LOOOP_DATA_DIR, LOOOP_CONFIG and the XDG directories", async () => {
  await using checkout = await makeCheckout();
  const { home, launch } = checkout;
  for (const dir of ["mine", "conf", "state/looop", "xdg"]) {
    await Deno.mkdir(join(home, dir), { recursive: true });
  }
  const tries = ["mine/a", "conf/looop.json", "state/looop/a", "xdg/looop.json"];
  const args = tries.map((path) => `write=${join(home, path)}`);
  const own = { LOOOP_DATA_DIR: "mine", LOOOP_CONFIG: join(home, "conf/looop.json") };
  assertEquals((await launch(args, own)).lines, ["ok", "ok", "NotCapable", "NotCapable"]);
  const xdg = { XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: join(home, "xdg") };
  assertEquals((await launch(args, xdg)).lines, ["NotCapable", "NotCapable", "ok", "ok"]);
});

Deno.test("launcher starts looop in a directory that was removed", async () => {
  await using checkout = await makeCheckout();
  const { home, launcher, launch } = checkout;
  const command = 'mkdir ~/gone; cd ~/gone; rmdir ~/gone; exec "$0" "write=$HOME/.config/a"';
  await Deno.mkdir(join(home, ".config"));
  const { code, lines } = await launch(["-c", command, launcher], {}, "/bin/sh");
  assertEquals([code, lines], [0, ["ok"]]);
});

Deno.test("launcher allows both spellings of a path through a symlink, existing or not", async () => {
  await using checkout = await makeCheckout();
  const { home, root, launch } = checkout;
  await Deno.symlink(home, join(root, "link"));
  await Deno.mkdir(join(home, "data"));
  const args = [`write=${join(root, "link/data/a")}`, `write=${join(home, "data/a")}`];
  const env = { LOOOP_DATA_DIR: join(root, "link/data") };
  assertEquals((await launch(args, env)).lines, ["ok", "ok"]);
  await Deno.remove(join(home, "data"), { recursive: true });
  assertEquals((await launch(args, env)).lines, ["NotFound", "NotFound"]);
});

Deno.test("launcher allows no network, no import from outside and only named programs", async () => {
  await using checkout = await makeCheckout();
  const { lines } = await checkout.launch([
    "fetch=http://127.0.0.1:65000/",
    "import=https://deno.land/std/version.ts",
    "spawn=bash",
    "spawn=git",
    "spawn=tmux",
    "spawn=env",
    "spawn=/bin/sh",
    "host",
  ]);
  const denied = "NotCapable";
  assertEquals(lines.toSpliced(1, 1), [denied, "ok", "ok", "ok", denied, denied, "ok"]);
  assertStringIncludes(lines[1], "https://deno.land/std/version.ts");
});

Deno.test("launcher says nothing of programs that are not installed", async () => {
  await using checkout = await makeCheckout();
  await Deno.mkdir(join(checkout.root, "path"));
  const bash = (await new Deno.Command("bash", { args: ["-c", "type -P bash"] }).output()).stdout;
  const target = new TextDecoder().decode(bash).trim();
  await Deno.symlink(target, join(checkout.root, "path/bash"));
  const env = { PATH: join(checkout.root, "path") };
  const { lines, stderr } = await checkout.launch(["spawn=bash", "spawn=git"], env);
  assertEquals([lines, stderr], [["ok", "NotFound"], ""]);
});

Deno.test("launcher unsets the variables of loaders that Deno would start with", async () => {
  await using checkout = await makeCheckout();
  const { lines } = await checkout.launch(
    ["spawn=bash", "env=LD_LIBRARY_PATH", "env=DYLD_LIBRARY_PATH", "env=OLD_X"],
    { LD_LIBRARY_PATH: "/a b\nc", DYLD_LIBRARY_PATH: "1", OLD_X: "kept" },
  );
  assertEquals(lines, ["ok", "unset", "unset", "kept"]);
});

Deno.test("launcher limits malloc, unless a person has done so", async () => {
  await using checkout = await makeCheckout();
  const args = ["env=MALLOC_ARENA_MAX"];
  assertEquals((await checkout.launch(args)).lines, ["2"]);
  assertEquals((await checkout.launch(args, { MALLOC_ARENA_MAX: "5" })).lines, ["5"]);
});

Deno.test("launcher finds its checkout through symlinks and passes arguments unchanged", async () => {
  await using checkout = await makeCheckout();
  const { home, launcher, launch } = checkout;
  await Deno.symlink(launcher, join(home, "first"));
  await Deno.symlink("first", join(home, "second"));
  const args = ["args", "a  b", "", "*", "'\"$HOME", "--help"];
  const { lines, code } = await launch(args, {}, join(home, "second"));
  assertEquals([lines[0], code], [JSON.stringify(args), 0]);
});

Deno.test("launcher starts the real deno beside npm's wrapper", async () => {
  await using checkout = await makeCheckout();
  const { home, launch } = checkout;
  for (const dir of ["node_modules/.bin", "node_modules/deno"]) {
    await Deno.mkdir(join(home, dir), { recursive: true });
  }
  const wrapper = join(home, "node_modules/deno/bin.cjs");
  await Deno.writeTextFile(wrapper, "#!/bin/sh\necho wrapper\n", { mode: 0o755 });
  await Deno.symlink("../deno/bin.cjs", join(home, "node_modules/.bin/deno"));
  const env = {
    LOOOP_DENO: "",
    PATH: `${join(home, "node_modules/.bin")}:${Deno.env.get("PATH")}`,
  };
  assertEquals((await launch(["env=NONE"], env)).lines, ["wrapper"]);
  await Deno.symlink(Deno.execPath(), join(home, "node_modules/deno/deno"));
  assertEquals((await launch(["env=NONE"], env)).lines, ["unset"]);
});

Deno.test("launcher runs the bundle beside it with the permissions of the source", async () => {
  await using checkout = await makeCheckout();
  const { home, root, launch } = checkout;
  await Deno.writeTextFile(join(root, "looop.js"), `console.log("bundle");${STUB}`);
  await Deno.remove(join(root, "main.ts"));
  await Deno.remove(join(root, "deno.json"));
  const attempts = [
    `write=${join(home, "a")}`,
    "spawn=git",
    "spawn=env",
    "fetch=http://127.0.0.1:65000/",
  ];
  const denied = "NotCapable";
  assertEquals((await launch(attempts)).lines, ["bundle", denied, "ok", denied, denied]);
});

Deno.test("launcher of the npm package starts the Deno that npm installed with it", async () => {
  for (
    const place of ["node_modules/deno", "../../deno", "node_modules/@deno/x", "../../@deno/x"]
  ) {
    await using outer = await makeCheckout();
    const { home } = outer;
    const root = join(home, "node_modules/@looop/cli");
    await Deno.mkdir(join(root, "bin"), { recursive: true });
    await copyProgram(LAUNCHER, join(root, "bin/looop"));
    await Deno.writeTextFile(join(root, "looop.js"), STUB);
    await Deno.writeTextFile(join(root, "package.json"), "{}");
    await Deno.mkdir(join(root, place), { recursive: true });
    await Deno.writeTextFile(join(root, place, "deno"), "#!/bin/sh\necho npm deno\n", {
      mode: 0o755,
    });
    const env = { LOOOP_DENO: "" };
    const { lines } = await outer.launch(["args"], env, join(root, "bin/looop"));
    assertEquals(lines, ["npm deno"], place);
  }
});

Deno.test("launcher looks up no program by an empty or relative entry of PATH", async () => {
  await using checkout = await makeCheckout();
  const { home, launcher } = checkout;
  await Deno.mkdir(join(home, "bin"));
  for (const dir of [home, join(home, "bin")]) {
    for (const name of ["deno", "git", "bash", "readlink"]) {
      await Deno.writeTextFile(join(dir, name), "#!/bin/sh\necho planted\n", { mode: 0o755 });
    }
  }
  const link = join(home, "link");
  await Deno.symlink(launcher, link);
  const absolute = `${dirname(Deno.execPath())}:/usr/bin:/bin`;
  for (const before of ["", ".", "bin", "./bin:../home", ":bin:."]) {
    const PATH = `${before}:${absolute}:`;
    const { lines } = await checkout.launch(["env=PATH", "spawn=git"], { PATH }, link);
    assertEquals(lines, [absolute, "ok"], before);
    const { lines: found } = await checkout.launch(["args"], { PATH, LOOOP_DENO: "" }, link);
    assertEquals(found, [`["args"]`], before);
  }
});

Deno.test("launcher refuses a path with a comma, and says which", async () => {
  await using checkout = await makeCheckout();
  const { code, lines, stderr } = await checkout.launch([], { LOOOP_DATA_DIR: "/srv/a,b" });
  assertEquals([code, lines], [2, []]);
  assertEquals(
    stderr,
    "looop: cannot allow writes to /srv/a,b: the path has a comma; set LOOOP_DATA_DIR (or XDG_STATE_HOME) to a path without one\n",
  );
});

Deno.test("launcher says how to get deno where there is none", async () => {
  await using checkout = await makeCheckout();
  const none = await checkout.launch([], { LOOOP_DENO: "", PATH: "/nowhere" }, checkout.launcher);
  assertEquals([none.code, none.stderr], [
    1,
    "looop: cannot start looop: deno is not on PATH; install it (npm install -g deno@2.9.6), or set LOOOP_DENO to its path\n",
  ]);
  const wrong = await checkout.launch([], { LOOOP_DENO: "/nowhere/deno" });
  assertEquals([wrong.code, wrong.stderr], [
    1,
    "looop: cannot start LOOOP_DENO=/nowhere/deno: no such program; set LOOOP_DENO to the path of a deno, or unset it\n",
  ]);
});
