import { assert, assertEquals } from "@std/assert";
import { checkReadOnly } from "../../src/admit/check_read_only.ts";

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

/** A repository whose own config starts a program wherever git lets it. */
async function hostileRepository(dir: string): Promise<string> {
  const marker = `${dir}/started`;
  const trap = `${dir}/trap`;
  await Deno.writeTextFile(trap, `#!/bin/sh\necho x >> '${marker}'\n`, { mode: 0o700 });
  const git = (...args: string[]) =>
    start(dir, ["git", "-c", "user.name=n", "-c", "user.email=e", ...args]);
  await git("init", "-q");
  await Deno.writeTextFile(`${dir}/a.ts`, "one\n");
  await Deno.writeTextFile(`${dir}/.gitattributes`, "*.ts diff=trap\n");
  await git("add", "a.ts", ".gitattributes");
  await git("commit", "-qm", "first");
  await Deno.writeTextFile(`${dir}/a.ts`, "two\n");
  await git("commit", "-qam", "second");
  await Deno.writeTextFile(`${dir}/a.ts`, "three\n");
  const keys = [
    "core.fsmonitor",
    "core.pager",
    "diff.external",
    "diff.trap.textconv",
    "gpg.program",
  ];
  for (const key of [...keys, "diff.trap.command", "pager.log"]) await git("config", key, trap);
  await git("config", "log.showSignature", "true");
  for (const hook of ["post-index-change", "reference-transaction"]) {
    await Deno.copyFile(trap, `${dir}/.git/hooks/${hook}`);
  }
  return marker;
}

Deno.test("checkReadOnly starts git so that a repository's config starts nothing", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const marker = await hostileRepository(dir);
    const started = () => Deno.stat(marker).then(() => true, () => false);
    await start(dir, ["git", "diff"]);
    assert(await started(), "the traps work where git is started plainly");
    await Deno.remove(marker);
    const commands = [
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
    for (const command of commands) {
      const check = checkReadOnly(["git", "-C", dir, ...command]);
      assert(check.readOnly, command.join(" "));
      assertEquals(await start("/", check.argv), 0, command.join(" "));
      assert(!await started(), command.join(" "));
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
