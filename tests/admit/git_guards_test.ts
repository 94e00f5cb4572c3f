import { assert, assertEquals } from "@std/assert";
import { checkReadOnly } from "../../src/admit/read_only.ts";

const env = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  HOME: "/nowhere",
};

async function start(cwd: string, argv: string[]): Promise<number> {
  const [program, ...args] = argv;
  const { code } = await new Deno.Command(program, { args, cwd, env, stdin: "null" }).output();
  return code;
}

/** Writes an executable that leaves a mark, and says whether it was started since it was last asked. */
async function setTrap(dir: string): Promise<{ trap: string; sprung(): Promise<boolean> }> {
  const [trap, marker] = [`${dir}/trap`, `${dir}/started`];
  await Deno.writeTextFile(trap, `#!/bin/sh\necho x >> '${marker}'\n`, { mode: 0o700 });
  const sprung = () => Deno.remove(marker).then(() => true, () => false);
  return { trap, sprung };
}

const git = (dir: string, ...args: string[]) =>
  start(dir, [...["git", "-c", "user.name=n", "-c", "user.email=e"], ...args]);

async function printed(dir: string, args: string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("git", { args, cwd: dir, env, stdin: "piped", stdout: "piped" })
    .spawn();
  await new Response(stdin).body!.pipeTo(child.stdin);
  return new TextDecoder().decode((await child.output()).stdout).trim();
}

/** A repository whose own config starts a program wherever git lets it. */
async function hostileRepository(dir: string, trap: string): Promise<void> {
  await git(dir, "init", "-q");
  await Deno.writeTextFile(`${dir}/a.ts`, "one\n");
  await Deno.writeTextFile(`${dir}/.gitattributes`, "*.ts diff=trap\n");
  await git(dir, "add", "a.ts", ".gitattributes");
  await git(dir, "commit", "-qm", "first");
  await Deno.writeTextFile(`${dir}/a.ts`, "two\n");
  await git(dir, "commit", "-qam", "second");
  await Deno.writeTextFile(`${dir}/a.ts`, "three\n");
  const keys = ["core.fsmonitor", "core.pager", "diff.external", "diff.trap.textconv"];
  for (const key of [...keys, "gpg.program", "diff.trap.command", "pager.log"]) {
    await git(dir, "config", key, trap);
  }
  await git(dir, "config", "log.showSignature", "true");
  for (const hook of ["post-index-change", "reference-transaction"]) {
    await Deno.copyFile(trap, `${dir}/.git/hooks/${hook}`);
  }
}

/** A last commit that bears a signature, which the config wants looked at by a format of its own. */
async function sign(dir: string, trap: string): Promise<void> {
  const tree = await printed(dir, ["write-tree"]);
  const head = `tree ${tree}\nauthor n <e> 1 +0000\ncommitter n <e> 1 +0000\n`;
  const signature = "-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----";
  const commit = `${head}gpgsig ${signature}\n\nsigned\n`;
  const id = await printed(dir, ["hash-object", "-t", "commit", "-w", "--stdin"], commit);
  await git(dir, "reset", "-q", id);
  await git(dir, "config", "gpg.program", trap);
  await git(dir, "config", "format.pretty", "%G?");
  await git(dir, "config", "pretty.mine", "%G?");
}

/** A partial clone that lacks a blob of its last commit but one, to be had by starting a program. */
async function promise(dir: string, trap: string): Promise<void> {
  const blob = await printed(dir, ["rev-parse", "HEAD~1:a.ts"]);
  await Deno.remove(`${dir}/.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
  const config = {
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "remote.origin.promisor": "true",
    "remote.origin.url": `ext::${trap}`,
    "remote.origin.uploadpack": trap,
    "protocol.ext.allow": "always",
    "protocol.file.allow": "always",
  };
  for (const [key, value] of Object.entries(config)) await git(dir, "config", key, value);
}

/** A repository with one in it whose config starts programs, and wants it shown. */
async function addSubmodule(dir: string, trap: string): Promise<void> {
  await git(dir, "init", "-q");
  await Deno.mkdir(`${dir}/sub`);
  await hostileRepository(`${dir}/sub`, trap);
  await Deno.writeTextFile(`${dir}/sub/.gitattributes`, "*.ts diff=trap filter=trap\n");
  await git(`${dir}/sub`, "config", "filter.trap.clean", trap);
  await git(dir, "add", "sub");
  await git(dir, "commit", "-qm", "one");
  await git(`${dir}/sub`, "-c", "core.fsmonitor=false", "commit", "-qam", "third");
  await git(dir, "-c", "core.fsmonitor=false", "commit", "-qam", "two");
  await git(dir, "config", "diff.submodule", "diff");
  await git(dir, "config", "status.submoduleSummary", "true");
}

async function inDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Starts these as the read-only list has them; none may spring the trap. */
async function startAll(
  dir: string,
  commands: string[][],
  sprung: () => Promise<boolean>,
  status: number | null = 0,
): Promise<void> {
  for (const command of commands) {
    const check = checkReadOnly(["git", "-C", dir, ...command], "/data");
    assert(check.readOnly, command.join(" "));
    const code = await start("/", check.argv);
    if (status !== null) assertEquals(code, status, command.join(" "));
    assert(!await sprung(), command.join(" "));
  }
}

Deno.test("checkReadOnly starts git so that a repository's config starts nothing", async () => {
  await inDir(async (dir) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await start(dir, ["git", "diff"]);
    assert(await sprung(), "the traps work where git is started plainly");
    await startAll(dir, [
      ["status", "-s"],
      ["log", "-p", "-n", "2"],
      ["show", "HEAD"],
      ["diff"],
      ["diff", "--cached", "--stat"],
      ["blame", "a.ts"],
      ["branch", "-a", "-v"],
      ["tag", "--list"],
      ["ls-files", "-m"],
      ["rev-parse", "HEAD"],
      ["shortlog", "-s", "HEAD"],
      ["remote"],
    ], sprung);
  });
});

Deno.test("checkReadOnly starts git so that no format of a repository's config looks at signatures", async () => {
  await inDir(async (dir) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await sign(dir, trap);
    const plain = ["git", "-c", "log.showSignature=false", "log"];
    for (const more of [[], ["--pretty=mine"]]) {
      await start(dir, [...plain, ...more]);
      assert(await sprung(), "the trap works where git is started plainly");
    }
    await git(dir, "config", "gpg.openpgp.program", trap);
    await startAll(dir, [["log"], ["log", "--pretty=mine"], ["show", "--pretty=mine"]], sprung);
  });
});

Deno.test("checkReadOnly starts git so that a partial clone fetches nothing", async () => {
  await inDir(async (dir) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await promise(dir, trap);
    for (const url of [`ext::${trap}`, `${dir}/elsewhere`]) {
      await git(dir, "config", "remote.origin.url", url);
      await start(dir, ["git", "--no-pager", "log", "-p", "--no-ext-diff", "--no-textconv"]);
      assert(await sprung(), "the trap works where git is started plainly");
      // What it lacks it cannot show: it fails, one way or another.
      await startAll(dir, [["log", "-p"], ["show", "HEAD~1"]], sprung, null);
    }
  });
});

/** What git prints of a partial clone that lacks a blob, and whose config allows a protocol to fetch it by. */
async function fetchFailure(dir: string, protocol: string, key: string): Promise<string> {
  await git(dir, "config", "remote.origin.url", `${protocol}://localhost:1/nowhere`);
  await git(dir, "config", key, "always");
  const check = checkReadOnly(["git", "-C", dir, "show", "HEAD~1"], "/data");
  assert(check.readOnly);
  const { stderr } = await new Deno.Command(check.argv[0], {
    args: check.argv.slice(1),
    env: { ...env, LC_ALL: "C" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stderr).split("\n")[0];
}

Deno.test("checkReadOnly starts git so that it uses no protocol, whichever a repository's config allows", async () => {
  await inDir(async (dir) => {
    const { trap } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await promise(dir, trap);
    const known = ["ext", "file", "git", "ssh", "http", "https", "ftp", "ftps"];
    const keys = known.map((name) => [name, `protocol.${name}.allow`]);
    for (const [protocol, key] of [...keys, ["unknown", "protocol.allow"]]) {
      const failure = await fetchFailure(dir, protocol, key);
      assertEquals(failure, `fatal: transport '${protocol}' not allowed`);
    }
  });
});

Deno.test("checkReadOnly starts git so that a submodule's config starts nothing", async () => {
  await inDir(async (dir) => {
    const { trap, sprung } = await setTrap(dir);
    await addSubmodule(dir, trap);
    // Git runs a filter only on a file that seems to be newer than the index.
    const touch = () => Deno.utime(`${dir}/sub/a.ts`, new Date(), new Date(Date.now() + 5000));
    for (const command of ["status", "diff", "show"]) {
      await touch();
      await start(dir, ["git", "--no-pager", "-c", "core.fsmonitor=false", command]);
      assert(await sprung(), `the trap works where git ${command} is started plainly`);
    }
    const commands = [["status"], ["diff"], ["show"], ["log", "-p"], ["diff", "HEAD~1"], [
      "diff",
      "--cached",
    ]];
    await touch();
    await startAll(dir, [...commands, ["ls-files", "-m"]], sprung);
  });
});

Deno.test("checkReadOnly refuses repositories in the data directory but for its own", () => {
  const words = (...words: string[]) => checkReadOnly(["git", ...words], "/home/me/data");
  const into = [
    ["-C", "reports/x"],
    ["-C", "/home/me/data/workers/a/worktree"],
    ["-C", "..", "-C", "data/claims"],
    ["-C", "/home/me", "--no-pager", "-C", "./data//reports/../reports"],
  ];
  for (const way of into) {
    const check = words(...way, "status");
    assert(!check.readOnly, way.join(" "));
    assert(check.why.endsWith(" is in the data directory, where workers write"), check.why);
  }
  for (const way of [[], ["-C", "."], ["-C", "/home/me/data-2"], ["-C", "../repo"]]) {
    assert(words(...way, "status").readOnly, way.join(" "));
  }
});
