import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openGitView } from "../../src/profile/git_view.ts";
import { beside, COMMANDS, git, printed, readAll, setTrap, start } from "./trap.ts";

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
    // looop's own, which save memory and start no gpg.
    const own = 7;
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
