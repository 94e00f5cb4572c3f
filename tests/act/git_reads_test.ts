import { assert, assertMatch } from "@std/assert";
import { beside, COMMANDS, git, printed, readAll, setTrap, start } from "./trap.ts";

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
