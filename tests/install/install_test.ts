import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { STATIC_SCOPE } from "../../src/os/env.ts";
import { machine, SCRIPT } from "./machine.ts";
import { latest, releaseOf, releaseServer } from "./release_server.ts";

const runProgram = async (path: string) =>
  new TextDecoder().decode((await new Deno.Command(path).output()).stdout);

Deno.test("install.sh takes the latest release's program for each platform, and checks it", async () => {
  for (
    const [kind, target] of [
      ["Linux x86_64", "linux-x64"],
      ["Linux aarch64", "linux-arm64"],
      ["Darwin x86_64", "macos-x64"],
      ["Darwin arm64", "macos-arm64"],
    ]
  ) {
    await using server = await latest();
    await using here = await machine(kind);
    const { code, stdout, stderr } = await here.install({ LOOOP_BASE_URL: `${server.url}/` });
    assertEquals([code, stderr], [0, ""]);
    const dir = join(here.home, ".local/bin");
    assertEquals(stdout.split("\n"), [
      `downloading ${server.url}/latest/download/looop-${target}.gz`,
      `looop 0.2.0 for ${target}`,
      `installed ${dir}/looop`,
      `${dir} is not on PATH. To add it:`,
      `    echo 'export PATH="${dir}:$PATH"' >> ~/.bashrc`,
      "",
    ]);
    assertEquals(await here.installed(), ["looop"]);
    assertEquals(await runProgram(join(dir, "looop")), `looop 0.2.0 for ${target}\n`);
    assertEquals(server.asked, [
      `latest/download/looop-${target}.gz`,
      "latest/download/SHA256SUMS",
    ]);
  }
});

Deno.test("install.sh takes an Apple chip under Rosetta for what it is", async () => {
  await using server = await latest();
  await using here = await machine("Darwin x86_64");
  await here.stand("sysctl", "echo 1");
  const { stdout } = await here.install({ LOOOP_BASE_URL: server.url });
  assertStringIncludes(stdout, "looop 0.2.0 for macos-arm64\n");
});

Deno.test("install.sh goes by LOOOP_VERSION and LOOOP_INSTALL_DIR, and replaces what is there", async () => {
  await using server = await latest();
  await using here = await machine();
  const dir = join(here.home, "my tools");
  await Deno.mkdir(dir);
  await Deno.symlink("/bin/false", join(dir, "looop"));
  for (const version of ["0.1.0", "v0.1.0"]) {
    const { code, stdout } = await here.install({
      LOOOP_BASE_URL: server.url,
      LOOOP_VERSION: version,
      LOOOP_INSTALL_DIR: "my tools/",
      PATH: `${dir}:${here.bin}`,
    });
    assertEquals(code, 0);
    assertEquals(stdout.split("\n").slice(1), [
      "looop 0.1.0 for linux-x64",
      `installed ${dir}/looop`,
      "To start: looop",
      "",
    ]);
  }
  assertEquals(await Array.fromAsync(Deno.readDir(dir), ({ name }) => name), ["looop"]);
  const wrong = await here.install({ LOOOP_VERSION: "../../x" });
  assertEquals([wrong.code, wrong.stderr], [
    1,
    "install.sh: cannot install LOOOP_VERSION=../../x: not a version; use one such as 0.1.0, or unset it for the latest\n",
  ]);
});

Deno.test("install.sh does with wget and shasum, through a pipe into any sh", async () => {
  await using server = await latest();
  await using here = await machine();
  const script = await Deno.readTextFile(SCRIPT);
  const which = async (name: string) =>
    new TextDecoder().decode((await new Deno.Command("which", { args: [name] }).output()).stdout)
      .trim();
  await here.stand("wget", `exec ${await which("wget")} "$@"`);
  await here.stand("shasum", `shift 2; exec ${await which("sha256sum")} "$@"`);
  for (const gone of ["curl", "sha256sum"]) await here.stand(gone, null);
  for (const shell of ["dash", "bash"]) {
    const { code, stdout, stderr } = await here.install(
      { LOOOP_BASE_URL: server.url },
      [shell],
      script,
    );
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "looop 0.2.0 for linux-x64\n");
    assertEquals(await here.installed(), ["looop"]);
    await Deno.remove(join(here.home, ".local/bin/looop"));
  }
  await here.stand("wget", null);
  const none = await here.install({ LOOOP_BASE_URL: server.url });
  assertEquals([none.code, none.stderr], [
    1,
    "install.sh: cannot download looop: neither curl nor wget is installed; install one of them\n",
  ]);
});

Deno.test("install.sh falls back to deno where there is no program for the machine", async () => {
  const cases: [kind: string, ldd: string, missing: string[], why: string][] = [
    ["FreeBSD amd64", "", [], "looop is not compiled for FreeBSD"],
    ["Linux riscv64", "", [], "looop is not compiled for Linux on riscv64"],
    [
      "Linux x86_64",
      "echo 'musl libc (x86_64)' >&2; exit 1",
      [],
      "looop is compiled for glibc, but ",
    ],
    [
      "Linux x86_64",
      "",
      ["looop-linux-x64.gz", "SHA256SUMS"],
      "there is no release at http://127.",
    ],
    ["Linux x86_64", "", ["looop-linux-x64.gz"], "the release has no looop-linux-x64.gz"],
  ];
  for (const [kind, ldd, missing, why] of cases) {
    await using server = await latest(Object.fromEntries(missing.map((name) => [name, null])));
    await using here = await machine(kind);
    await here.stand("ldd", ldd);
    const env = { LOOOP_BASE_URL: server.url };
    const without = await here.install(env);
    assertEquals(without.code, 1);
    assertStringIncludes(without.stderr, `install.sh: cannot install looop: ${why}`);
    assertStringIncludes(without.stderr, ", and deno is not on PATH; install ");
    await here.stand("deno", 'printf "%s\\n" "$@" > "$HOME/deno"; : > "$HOME/.local/bin/looop"');
    await Deno.mkdir(join(here.home, ".local/bin"), { recursive: true });
    const { code, stdout, stderr } = await here.install({ ...env, LOOOP_VERSION: "" });
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, `${why}`);
    assertStringIncludes(stdout, `installed ${here.home}/.local/bin/looop\n`);
    assertEquals((await Deno.readTextFile(join(here.home, "deno"))).trim().split("\n"), [
      ...["install", "--global", "--force", "--name", "looop", "--root", join(here.home, ".local")],
      ...[...STATIC_SCOPE, "--v8-flags=--max-semi-space-size=2", "--quiet", "jsr:@looop/cli"],
    ]);
    assertEquals(await here.installed(), ["looop"]);
  }
});

Deno.test("install.sh says of a release that does not run here why, and falls back to deno", async () => {
  const release = await releaseOf('"; echo "needs GLIBC_2.99" >&2; exit 1; echo "', ["linux-x64"]);
  await using server = releaseServer(
    Object.fromEntries(
      Object.entries(release).map(([name, answer]) => [`download/v9.9.9/${name}`, answer]),
    ),
  );
  await using here = await machine();
  await here.stand("deno", 'printf "%s\\n" "$@" > "$HOME/deno"');
  const { code, stdout } = await here.install({
    LOOOP_BASE_URL: server.url,
    LOOOP_VERSION: "9.9.9",
    LOOOP_INSTALL_DIR: join(here.home, "tools"),
  });
  assertEquals(code, 0);
  assertStringIncludes(
    stdout,
    "the released looop does not run here (needs GLIBC_2.99); installing",
  );
  assertStringIncludes(stdout, "installed looop to the default directory of deno install");
  const args = (await Deno.readTextFile(join(here.home, "deno"))).trim().split("\n");
  assertEquals([args.at(-1), args.includes("--root")], ["jsr:@looop/cli@9.9.9", false]);
});

Deno.test("install.sh says what is in its way", async () => {
  await using server = await latest();
  await using here = await machine();
  const env = { LOOOP_BASE_URL: server.url };
  const said = async (more: Record<string, string>) => {
    const { code, stderr } = await here.install(more);
    assertEquals(code, 1);
    return stderr;
  };
  await Deno.mkdir(join(here.home, "full/looop"), { recursive: true });
  await Deno.writeTextFile(join(here.home, "file"), "");
  const within = (dir: string) => ({ ...env, LOOOP_INSTALL_DIR: join(here.home, dir) });
  assertStringIncludes(await said(within("full")), "full/looop: it is a directory; move it");
  assertStringIncludes(
    await said(within("file/x")),
    "file/x: no permission, or not a directory; make it",
  );
  assertStringIncludes(await said({ ...env, LOOOP_INSTALL_DIR: "/proc/x" }), "cannot write to /pr");
  assertStringIncludes(
    await said({ ...env, HOME: "" }),
    "HOME is not set; set LOOOP_INSTALL",
  );
  assertStringIncludes(await said({}), "this script is not from a release; set LOOOP_BASE_URL");
  const closed = await said({ LOOOP_BASE_URL: "http://127.0.0.1:9" });
  assertMatch(closed, /cannot download http:\/\/127.0.0.1:9\/.* \(curl: \(7\) /);
  await here.stand("uname", "echo MINGW64_NT-10.0");
  assertStringIncludes(
    await said(env),
    "cannot install looop on Windows: it needs bash, git and tmux; run this script in WSL",
  );
});
