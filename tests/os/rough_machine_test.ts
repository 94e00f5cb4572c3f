import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { runInTerminal } from "../../src/os/run_tool.ts";
import { checkout, denoDir, launcher, looop } from "../support/looop.ts";
import { sense } from "../../src/sense/sense.ts";
import { readSnapshots } from "../../src/sense/snapshot.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { copyProgram } from "../support/copy_program.ts";

/** Values of TMPDIR where nothing can be created, made below a directory. */
const NO_TEMP: Record<string, (dir: string) => Promise<void>> = {
  gone: () => Promise.resolve(),
  file: (path) => Deno.writeTextFile(path, ""),
  dangling: (path) => Deno.symlink("nowhere", path),
};

for (const [name, make] of Object.entries(NO_TEMP)) {
  Deno.test(`a command that needs a temporary directory names TMPDIR where that is ${name}`, async () => {
    await using profile = await tempProfile({
      files: { "sensors/a.sh": "#!/bin/sh\necho '{}'\n" },
    });
    const path = join(profile.root, name);
    await make(path);
    const env = {
      ...{ PATH: Deno.env.get("PATH")!, HOME: join(profile.root, "home"), TMPDIR: path },
      LOOOP_DATA_DIR: profile.paths.dataDir,
    };
    const { code, stderr } = await looop(["sensor", "test", "a"], { env });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `looop: cannot make a temporary directory in ${path}: `);
    assertStringIncludes(stderr, "; set TMPDIR to a directory that you can write to\n");
    // The loop goes on: a cleaner may have removed it. The launcher permits no writes to /dev/shm.
    const { snapshots, own } = profile.paths;
    await looop(["tick"], { env });
    assertEquals((await readSnapshots(snapshots)).map(({ result }) => result.ok), [true]);
    const left = [...Deno.readDirSync(own)].map(({ name }) => name);
    assertEquals(left.filter((name) => name.startsWith("looop-")), []);
  });
}

Deno.test("programs start though PATH has entries that are no directories", async () => {
  await using profile = await tempProfile({
    files: { "sensors/a.sh": "#!/bin/sh\necho '{\"signal\": 1}'\n" },
  });
  const at = (name: string) => join(profile.root, name);
  await Deno.writeTextFile(at("file"), "");
  await Deno.symlink("loop", at("loop"));
  await Deno.symlink("nowhere", at("dangling"));
  const odd = [at("file"), at("loop"), at("dangling"), at("gone"), `/${"x".repeat(300)}`];
  const PATH = [...odd, Deno.env.get("PATH")!].join(":");
  const environment = { ...profile.environment, PATH };
  const env = (name: string) => environment[name as keyof typeof environment];
  assertEquals(await runInTerminal(["true"], { PATH }), 0);
  const { readings } = await sense({ ...profile, environment, env });
  assertEquals(readings.map(({ result }) => result), [{ ok: true, value: { signal: 1 } }]);
});

for (const name of ["a#b", "why? not", "50%25", "back\\slash"]) {
  Deno.test(`looop starts from a checkout in ${name}`, async () => {
    await using profile = await tempProfile();
    const dir = join(profile.root, name);
    await Deno.mkdir(join(dir, "bin"), { recursive: true });
    await copyProgram(launcher, join(dir, "bin", "looop"));
    for (const part of ["src", "seeds", "main.ts", "mod.ts", "deno.json", "deno.lock"]) {
      await Deno.symlink(join(checkout, part), join(dir, part));
    }
    const { code, stderr } = await new Deno.Command(join(dir, "bin", "looop"), {
      args: ["version"],
      env: {
        ...{ PATH: Deno.env.get("PATH")!, HOME: join(profile.root, "home") },
        ...{ LOOOP_DENO: Deno.execPath(), DENO_DIR: denoDir() },
      },
      clearEnv: true,
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  });
}

Deno.test("looop started by its launcher may write to a data directory that is given with ~", async () => {
  await using profile = await tempProfile();
  const HOME = join(profile.root, "home");
  const env = {
    PATH: Deno.env.get("PATH")!,
    HOME,
    LOOOP_DATA_DIR: "~/my data",
    LOOOP_CONFIG: "~/none.json",
  };
  const { code, stderr } = await looop(["tick"], { env, cwd: profile.root });
  assertEquals([code, stderr.includes("denied")], [0, false]);
  assertEquals((await Deno.stat(join(HOME, "my data", "PLAYBOOK.md"))).isFile, true);
});

/** Starts a program whose stdout is in non-blocking mode, as a Node parent leaves it. */
const NON_BLOCKING = "use Fcntl; fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die; exec @ARGV";

for (
  const [what, goal] of Object.entries({
    "many lines": `---\ngoal: big\n---\n${"0123456789abcdef\n".repeat(30_000)}`,
    "one long line of wide characters": `---\ngoal: big\n---\n${"\u65e5".repeat(200_000)}\n`,
    "little": "---\ngoal: small\n---\n",
  })
) {
  Deno.test(`all output of ${what} arrives once at a slow reader of a non-blocking pipe`, async () => {
    await using profile = await tempProfile({ files: { "goals/big.md": goal } });
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const child = new Deno.Command("perl", {
      args: ["-e", NON_BLOCKING, Deno.execPath(), "run", "-A", main, "goal", "show", "big"],
      env: {
        LOOOP_DATA_DIR: profile.paths.dataDir,
        LOOOP_CONFIG: join(profile.root, "none.json"),
        // perl would print that the locale is missing.
        LC_ALL: "C",
      },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let text = "";
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assertEquals(text.length, goal.length);
    assertEquals(text, goal);
    assertEquals((await child.status).code, 0);
    assertEquals(await new Response(child.stderr).text(), "");
  });
}
