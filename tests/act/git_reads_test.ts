import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { runCommand } from "../../src/act/act.ts";
import { checkReadOnly } from "../../src/admit/read_only.ts";
import { openGitView } from "../../src/profile/git_view.ts";
import { NO_ACCESS } from "../../src/schema/config.ts";
import type { Outcome } from "../../src/schema/decision.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

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

/** A profile, and a directory beside its data directory. */
async function beside(
  run: (dir: string, profile: TempProfile) => Promise<void>,
  options?: TempProfileOptions,
): Promise<void> {
  await using profile = await tempProfile(options);
  const dir = join(profile.root, "site");
  await Deno.mkdir(dir);
  await run(dir, profile);
}

/** Runs a command as policy plans it; it must be on the read-only list. */
async function read(profile: TempProfile, dir: string, command: string[]): Promise<Outcome> {
  const check = checkReadOnly(["git", "-C", dir, ...command], profile.paths.dataDir);
  assert(check.readOnly, command.join(" "));
  return await runCommand(profile, "ignored", {
    ...{ argv: null, access: NO_ACCESS, reads: check.plan },
  });
}

/** Runs these; none may spring the trap. Returns what they printed. */
async function readAll(
  profile: TempProfile,
  dir: string,
  { commands, sprung, code = 0 }: {
    commands: string[][];
    sprung: () => Promise<boolean>;
    code?: number | null;
  },
): Promise<(string | undefined)[]> {
  const printed: (string | undefined)[] = [];
  for (const command of commands) {
    const { exit_code, output_tail } = await read(profile, dir, command);
    if (code !== null) assertEquals(exit_code, code, `${command.join(" ")}: ${output_tail}`);
    assert(!await sprung(), command.join(" "));
    // git blame has the present time for what is not committed.
    printed.push(output_tail?.replaceAll(/\d\d:\d\d:\d\d/g, "TIME"));
  }
  return printed;
}

/** One of every command of git on the list. */
const COMMANDS = [
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
];

Deno.test("runCommand starts git so that a repository's config starts nothing", async () => {
  await beside(async (dir, profile) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await start(dir, ["git", "diff"]);
    assert(await sprung(), "the traps work where git is started plainly");
    await readAll(profile, dir, { commands: COMMANDS, sprung });
  });
});

Deno.test("runCommand starts git so that no format of a repository's config looks at signatures", async () => {
  await beside(async (dir, profile) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await sign(dir, trap);
    const plain = ["git", "-c", "log.showSignature=false", "log"];
    for (const more of [[], ["--pretty=mine"]]) {
      await start(dir, [...plain, ...more]);
      assert(await sprung(), "the trap works where git is started plainly");
    }
    await git(dir, "config", "gpg.openpgp.program", trap);
    await readAll(profile, dir, { commands: [["log"], ["show"]], sprung });
    // git knows no such format, since the key is left out.
    const commands = [["log", "--pretty=mine"], ["show", "--pretty=mine"]];
    await readAll(profile, dir, { commands, sprung, code: 128 });
  });
});

Deno.test("runCommand starts git so that a partial clone fetches nothing", async () => {
  await beside(async (dir, profile) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await promise(dir, trap);
    for (const url of [`ext::${trap}`, `${dir}/elsewhere`]) {
      await git(dir, "config", "remote.origin.url", url);
      await start(dir, ["git", "--no-pager", "log", "-p", "--no-ext-diff", "--no-textconv"]);
      assert(await sprung(), "the trap works where git is started plainly");
      // What it lacks it cannot show: it fails, one way or another.
      const commands = [["log", "-p"], ["show", "HEAD~1"]];
      await readAll(profile, dir, { commands, sprung, code: null });
    }
  });
});

Deno.test("runCommand starts git so that it uses no transport, whichever a repository's config allows", async () => {
  await beside(async (dir, profile) => {
    const { trap, sprung } = await setTrap(dir);
    await hostileRepository(dir, trap);
    await promise(dir, trap);
    await Deno.mkdir(`${profile.root}/git-remote-x`);
    await Deno.copyFile(trap, `${profile.root}/git-remote-x/trap`);
    const protocols = ["ext", "file", "git", "ssh", "http", "https", "ftp", "ftps", "unknown"];
    for (const protocol of [...protocols, "x/trap"]) {
      await git(dir, "config", `protocol.${protocol}.allow`, "always");
    }
    await git(dir, "config", "protocol.allow", "always");
    for (const protocol of protocols) {
      await git(dir, "config", "remote.origin.url", `${protocol}://localhost:1/nowhere`);
      const [printed] = await readAll(profile, dir, {
        ...{ commands: [["show", "HEAD~1"]], sprung, code: 128 },
      });
      assertMatch(printed ?? "", /^fatal: unable to read [0-9a-f]{40}$/m, protocol);
    }
    await git(dir, "config", "remote.origin.vcs", "x/trap");
    await start(profile.root, ["git", "-C", dir, "--no-pager", "show", "HEAD~1", "--no-ext-diff"]);
    await readAll(profile, dir, { commands: [["show", "HEAD~1"]], sprung, code: 128 });
  });
});

Deno.test("runCommand starts git so that a submodule's config starts nothing", async () => {
  await beside(async (dir, profile) => {
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
    await readAll(profile, dir, { commands: [...commands, ["ls-files", "-m"]], sprung });
  });
});

/** Every key that git itself knows, with a name in place of each placeholder. */
async function knownKeys(): Promise<string[]> {
  const keys = (await printed("/", ["help", "-c"])).split("\n")
    .map((key) => key.replaceAll(/<[^>]+>|\*/g, "trap"));
  return keys.filter((key) => /^[a-z][a-z0-9-]*\.(.+\.)?[a-z][a-z0-9-]*$/i.test(key));
}

/** The only ones of these that git may read; none names a program, a file or an address. */
const HARMLESS = [
  ...["branch.trap.merge", "branch.trap.remote", "core.autocrlf", "core.checkStat", "core.eol"],
  ...["core.fileMode", "core.ignoreCase", "core.precomposeUnicode", "core.quotePath"],
  ...["core.repositoryFormatVersion", "core.sparseCheckout", "core.sparseCheckoutCone"],
  ...["core.symlinks", "core.trustctime", "extensions.objectFormat", "i18n.commitEncoding"],
  ...["i18n.logOutputEncoding", "index.sparse", "remote.trap.fetch", "status.showUntrackedFiles"],
];

/** Writes a config as text: git itself would refuse some values. */
async function configure(dir: string, keys: string[], value: string): Promise<void> {
  const lines = keys.map((key) => {
    const [section, name] = [key.split(".")[0], key.split(".").at(-1)];
    const middle = key.slice(section.length + 1, -name!.length - 1);
    return `[${section}${middle && ` "${middle}"`}]\n\t${name} = "${value}"\n`;
  });
  await Deno.writeTextFile(`${dir}/.git/config`, lines.join(""), { append: true });
}

Deno.test("openGitView lets git read only harmless keys, of all that git knows", async () => {
  await beside(async (dir, profile) => {
    await git(dir, "init", "-q");
    await Deno.writeTextFile(`${dir}/.git/config`, "");
    const known = await knownKeys();
    assert(known.length > 500, `${known.length} keys`);
    await configure(dir, known, "x");
    await using view = await openGitView(profile, dir, profile.paths.dataDir);
    const listed = await printed("/", ["config", "-f", join(view.path, "config"), "--list"]);
    // looop's own, which save memory.
    const own = 4;
    assertEquals(
      listed.split("\n").slice(own).map((line) => line.toLowerCase()).sort(),
      HARMLESS.map((key) => `${key.toLowerCase()}=x`).sort(),
    );
  });
});

Deno.test("runCommand prints the same of a repository whatever all other keys of its config say", async () => {
  await beside(async (dir, profile) => {
    const { trap, sprung } = await setTrap(dir);
    await git(dir, "init", "-q");
    await Deno.writeTextFile(`${dir}/a.ts`, "one\n");
    await Deno.writeTextFile(`${dir}/.gitattributes`, "* diff=trap filter=trap merge=trap\n");
    await git(dir, "add", "a.ts", ".gitattributes");
    await git(dir, "commit", "-qm", "first");
    await git(dir, "tag", "v1");
    await Deno.writeTextFile(`${dir}/a.ts`, "two\n");
    const before = await readAll(profile, dir, { commands: COMMANDS, sprung });
    assertEquals(before[0], "M a.ts\n?? trap");
    const keys = (await knownKeys()).filter((key) => !HARMLESS.includes(key));
    const commands = COMMANDS.map(([name]) => name);
    await configure(dir, [
      ...keys,
      ...commands.flatMap((name) => [`pager.${name}`, `alias.${name}`, `${name}.program`]),
      ...["clean", "smudge", "process", "required"].map((name) => `filter.trap.${name}`),
      ...["core.hooksPath", "include.path", "extensions.worktreeConfig", "core.worktree"],
    ], trap);
    await Deno.copyFile(`${dir}/.git/config`, `${dir}/.git/config.worktree`);
    const touch = new Date(Date.now() + 5000);
    await Deno.utime(`${dir}/a.ts`, touch, touch);
    assertEquals(await readAll(profile, dir, { commands: COMMANDS, sprung }), before);
  });
});

for (
  const [filter, command] of [
    ["clean", ["status"]],
    ["clean", ["diff"]],
    ["clean", ["blame", "a.ts"]],
    ["clean", ["ls-files", "-m"]],
    ["process", ["status"]],
    ["process", ["diff", "--stat"]],
  ] as [string, string[]][]
) {
  Deno.test(`runCommand starts no filter.${filter} of a repository for git ${command.join(" ")}`, async () => {
    await beside(async (dir, profile) => {
      const { trap, sprung } = await setTrap(dir);
      await git(dir, "init", "-q");
      await Deno.writeTextFile(`${dir}/a.ts`, "one\n");
      await git(dir, "add", "a.ts");
      await git(dir, "commit", "-qm", "first");
      await Deno.writeTextFile(`${dir}/.gitattributes`, "* filter=trap\n");
      await git(dir, "config", `filter.trap.${filter}`, trap);
      const touch = async () => {
        await Deno.writeTextFile(`${dir}/a.ts`, "two\n");
        await Deno.utime(`${dir}/a.ts`, new Date(), new Date(Date.now() + 5000));
      };
      await touch();
      await start(dir, ["git", ...command]);
      assert(await sprung(), "the trap works where git is started plainly");
      await touch();
      await readAll(profile, dir, { commands: [command], sprung });
    });
  });
}
