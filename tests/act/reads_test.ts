import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { pathsOf } from "../../src/profile/paths.ts";
import { startCommand } from "../../src/profile/command.ts";
import { commandAs } from "../support/run_as.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { mkfifo, read, refusal, repository } from "./reads.ts";

Deno.test("runCommand reads files of the data directory, also by links inside of it", async () => {
  await using profile = await tempProfile({
    files: { "reports/a.md": "one\ntwo\n", "reports/-n": "dash\n", "goals/tea.md": "tea\n" },
  });
  const { dataDir } = profile.paths;
  await Deno.symlink("a.md", join(dataDir, "reports/inner.md"));
  await Deno.symlink(join(dataDir, "goals"), join(dataDir, "reports/goals"));
  await Deno.symlink("-n", join(dataDir, "reports/dash"));
  for (
    const [command, code, output] of [
      ["cat reports/a.md", 0, "one\ntwo"],
      ["head -v -n 1 ./reports/a.md", 0, "==> ./reports/a.md <==\none"],
      ["cat reports/inner.md reports/goals/tea.md", 0, "one\ntwo\ntea"],
      ["grep -H tea reports/goals/tea.md", 0, "goals/tea.md:tea"],
      ["cat reports/dash", 0, "dash"],
      ["ls reports/goals", 0, "archive\ntea.md"],
      [
        "ls goals reports/",
        0,
        "goals:\narchive\ntea.md\n\nreports/:\n-n\na.md\ndash\ngoals\ninner.md",
      ],
      ["cat -", 0, ""],
      ["grep -c x -", 1, "0"],
      ["pwd", 0, dataDir],
      ["cat reports/none.md", 1, "cat: reports/none.md: No such file or directory"],
      ["ls none/none", 2, "ls: cannot access 'none/none': No such file or directory"],
    ] as const
  ) {
    const { exit_code, output_tail } = await read(profile, command);
    assertEquals([exit_code, output_tail], [code, output], command);
  }
});

Deno.test("runCommand refuses operands that lead elsewhere, whatever they are called", async () => {
  await using profile = await tempProfile({ files: { ".looop/secret": "s\n" } });
  const { root, paths: { dataDir } } = profile;
  await Deno.writeTextFile(join(root, "key"), "k\n");
  const links: Record<string, string> = {
    "key.md": join(root, "key"),
    "up": "../..",
    "zero.md": "/dev/zero",
    "environ.md": "/proc/self/environ",
    "secret.md": "../.looop/secret",
    "own": join(dataDir, ".looop"),
    "chain.md": "key.md",
    "gone.md": "nowhere",
    "loop.md": "loop.md",
  };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, join(dataDir, "reports", name));
  }
  await mkfifo(join(dataDir, "reports/fifo.md"));
  await Deno.link(join(root, "key"), join(dataDir, "reports/hard.md"));
  const out = "it leads out of the data directory or to a hidden file";
  for (
    const [command, path, why] of [
      ["cat reports/key.md", "reports/key.md", out],
      ["head -n 1 reports/up/key", "reports/up/key", out],
      ["ls reports/up/none", ".", null],
      ["tail reports/zero.md", "reports/zero.md", out],
      ["wc -c PLAYBOOK.md reports/environ.md", "reports/environ.md", out],
      ["grep . reports/secret.md", "reports/secret.md", out],
      ["grep -e . reports/own/secret", "reports/own/secret", out],
      ["ls -a reports/own", "reports/own", out],
      ["stat reports/chain.md", "reports/chain.md", out],
      ["du reports/up", "reports/up", out],
      ["cat reports/gone.md", "reports/gone.md", "it is a symlink that leads nowhere"],
      ["cat reports/loop.md", "reports/loop.md", "it is a symlink that leads nowhere"],
      ["cat reports/fifo.md", "reports/fifo.md", "it is something that is not a file"],
      ["cat reports/hard.md", "reports/hard.md", "it is a hard link"],
    ] as const
  ) {
    if (why === null) {
      assertMatch(await refusal(profile, command), /leads out of the data directory/);
      continue;
    }
    const expected = `cannot read ${path}: ${why}; read a file of the data directory`;
    assertEquals(await refusal(profile, command), expected, command);
  }
});

Deno.test("runCommand reads a data directory that is named by a link, and only its files", async () => {
  await using profile = await tempProfile({ files: { "reports/a.md": "one\n" } });
  const { root, paths: { dataDir } } = profile;
  const link = join(root, "link");
  await Deno.symlink(dataDir, link);
  await repository(join(dataDir, "reports/site"));
  const named = { ...profile, paths: pathsOf(link) };
  assertEquals((await read(named, "cat reports/a.md")).output_tail, "one");
  assertEquals((await read(named, "pwd")).output_tail, dataDir);
  assertEquals(
    await refusal(named, `git -C '${dataDir}/reports/site' status`),
    "cannot run git in ROOT/data/reports/site: ROOT/data/reports/site is in the data directory, where workers write",
  );
  assertEquals(
    await refusal(profile, `git -C '${link}/reports/site' status`),
    "cannot run git in ROOT/link/reports/site: ROOT/link/reports/site leads to ROOT/data/reports/site, which is in " +
      "the data directory, where workers write",
  );
});

Deno.test("startCommand limits CPU and memory by the program, and gives only gh files to write", async () => {
  await using profile = await tempProfile();
  const { root, paths: { dataDir } } = profile;
  await repository(join(root, "site"));
  for (
    const [argv, limits] of [
      [["ls"], ["30", "524288", "0"]],
      [["git", "status"], ["30", "1048576", "0"]],
      [["gh", "pr", "list"], ["30", "8388608", "unlimited"]],
    ]
  ) {
    const dir = argv[0] === "git" ? join(root, "site") : dataDir;
    await using start = await startCommand(
      profile,
      commandAs(profile, argv, { cwd: dir, reads: [] }),
    );
    assertEquals(start.argv.slice(0, 3), ["bash", "-p", "-c"]);
    assertEquals(start.argv.slice(4), ["looop", ...limits, ...argv]);
    assertEquals(start.cwd, dir);
  }
});
