import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { tempProfile } from "../support/temp_profile.ts";
import { readAll } from "./read_all.ts";

async function git(dir: string, ...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=n", "-c", "user.email=e"];
  const { code } = await new Deno.Command("git", { args: ["-C", dir, ...identity, ...args] })
    .output();
  assertEquals(code, 0, args.join(" "));
}

/** A repository whose config and hooks start `touch` wherever git lets them, and whose attributes ask for it. */
async function hostileRepository(dir: string): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  await git(dir, "init", "-q", "-b", "main");
  await Deno.writeTextFile(join(dir, ".gitattributes"), "* filter=x diff=x\n");
  await Deno.writeTextFile(join(dir, "a.ts"), "one\n");
  await git(dir, "add", ".");
  await git(dir, "commit", "-qm", "first");
  await Deno.writeTextFile(join(dir, "a.ts"), "two\n");
  const touch = new Date(Date.now() + 5000);
  await Deno.utime(join(dir, "a.ts"), touch, touch);
  const included =
    `[core]\n\tfsmonitor = touch included\n[diff "x"]\n\ttextconv = touch included\n`;
  await Deno.writeTextFile(join(dir, ".git/included"), included);
  const keys = [
    ...["core.fsmonitor", "core.pager", "core.sshCommand", "core.gitProxy", "core.askPass"],
    ...["core.editor", "core.alternateRefsCommand", "diff.external", "diff.x.command"],
    ...["diff.x.textconv", "filter.x.clean", "filter.x.smudge", "filter.x.process", "gpg.program"],
    ...["gpg.ssh.program", "pager.log", "pager.diff", "interactive.diffFilter", "alias.status"],
    ...["remote.origin.uploadpack", "remote.origin.vcs", "remote.origin.proxy"],
    ...["credential.helper", "uploadpack.packObjectsHook", "trailer.x.command"],
  ];
  const lines = keys.map((key) => {
    const parts = key.split(".");
    const middle = parts.length > 2 ? ` "${parts[1]}"` : "";
    return `[${parts[0]}${middle}]\n\t${parts.at(-1)} = touch ${key}\n`;
  });
  const more = `[include]\n\tpath = included\n[log]\n\tshowSignature = true\n` +
    `[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tpartialClone = origin\n` +
    `[remote "origin"]\n\tpromisor = true\n\turl = ext::touch promisor\n[protocol]\n\tallow = always\n`;
  await Deno.writeTextFile(join(dir, ".git/config"), lines.join("") + more, { append: true });
  for (const hook of ["post-index-change", "reference-transaction", "fsmonitor-watchman"]) {
    const path = join(dir, ".git/hooks", hook);
    await Deno.writeTextFile(path, "#!/bin/sh\ntouch hook\n", { mode: 0o700 });
  }
}

/** What git is told to do in a hostile repository, after `git -C DIR`, and the status that it gives. */
const GIT: [string, number][] = [
  ["status", 0],
  ["status -sb --ignored --show-stash", 0],
  ["status --porcelain=v2 --untracked-files=all", 0],
  ["diff", 0],
  ["diff --stat HEAD", 0],
  ["diff --cached -p --word-diff", 0],
  ["diff HEAD~0 a.ts", 0],
  ["log -p --stat", 0],
  ["log --all --graph --decorate --follow a.ts", 0],
  ["log -Sone -p --no-renames", 0],
  ["show HEAD", 0],
  ["show --stat --format=%H HEAD", 0],
  ["show HEAD:a.ts", 0],
  ["blame a.ts", 0],
  ["blame -M -C -w a.ts", 0],
  ["shortlog -sne HEAD", 0],
  ["branch -a -v", 0],
  ["branch --show-current", 0],
  ["tag --list", 0],
  ["remote", 0],
  ["rev-parse HEAD", 0],
  ["ls-files -m -o --exclude-standard", 0],
  ["ls-files -s -d -c", 0],
];

Deno.test(`${GIT.length} commands of git in a hostile repository execute git alone`, async () => {
  await using profile = await tempProfile();
  const site = join(profile.root, "site");
  await hostileRepository(site);
  const { outcomes, executed } = await readAll(
    profile,
    GIT.map(([words]) => `git -C '${site}' ${words}`),
  );
  assertEquals(outcomes, GIT.map(([_, status]) => status));
  const plain = executed.map((argv) =>
    argv.filter((word) => word !== "--ignore-submodules=all").join(" ")
  );
  assertEquals(plain.sort(), GIT.map(([words]) => `git ${words}`).sort());
  // The same with plain git, which fails in one way or another.
  await new Deno.Command("git", { args: ["diff"], cwd: site }).output();
  const started = Array.from(Deno.readDirSync(site), ({ name }) => name);
  assert(started.includes("included"), started.join(" "));
});

const WORKERS_WRITE = "is in the data directory, where workers write";

Deno.test("commands that lead to what workers write, to devices and elsewhere execute nothing", async () => {
  await using profile = await tempProfile({ files: { "reports/a.md": "one\n" } });
  const { root, paths: { dataDir } } = profile;
  const evil = join(dataDir, "reports/evil");
  await hostileRepository(evil);
  await Deno.symlink(evil, join(root, "site"));
  await Deno.symlink(dataDir, join(root, "state"));
  await Deno.mkdir(join(root, "tree"));
  await Deno.writeTextFile(join(root, "tree/.git"), `gitdir: ${evil}/.git\n`);
  await Deno.mkdir(join(root, "common/.git"), { recursive: true });
  await Deno.writeTextFile(join(root, "common/.git/HEAD"), "ref: refs/heads/main\n");
  await Deno.writeTextFile(join(root, "common/.git/commondir"), "../../data/reports/evil/.git\n");
  const links = { zero: "/dev/zero", self: "/proc/self/environ", key: "../../commands.json" };
  for (const [name, target] of Object.entries(links)) {
    await Deno.symlink(target, join(dataDir, "reports", name));
  }
  await new Deno.Command("mkfifo", { args: [join(dataDir, "reports/fifo")] }).output();
  const leads = (name: string, to: string) =>
    `cannot run git in ROOT/${name}: ROOT/${name} leads to ROOT/data/reports/evil${to}, which ${WORKERS_WRITE}`;
  const out =
    "it leads out of the data directory or to a hidden file; read a file of the data directory";
  const refused: [string, string][] = [
    ...["status", "diff", "log -p", "blame a.ts"].map((words): [string, string] => [
      `git -C '${root}/site' ${words}`,
      leads("site", ""),
    ]),
    [`git -C '${root}/tree' status`, leads("tree", "/.git")],
    [`git -C '${root}/common' status`, leads("common", "/.git")],
    [`git -C '${root}/state/reports/evil' status`, leads("state/reports/evil", "")],
    ...[
      "/proc/self/cwd",
      "/proc/thread-self/cwd/data/reports/evil",
      `/proc/self/root${evil}`,
      "/dev/fd/3",
    ]
      .map((dir): [string, string] => [`git -C '${dir}' status`, "asked"]),
    [`git -C '${evil}' status`, "asked"],
    ["git -C reports/evil status", "asked"],
    [`git '--git-dir=${evil}/.git' status`, "asked"],
    [`git -c core.fsmonitor=id -C '${root}/site' status`, "asked"],
    ["tail reports/zero", `cannot read reports/zero: ${out}`],
    ["head -c 100 reports/zero", `cannot read reports/zero: ${out}`],
    ["cat reports/self", `cannot read reports/self: ${out}`],
    ["grep . reports/key", `cannot read reports/key: ${out}`],
    ["wc reports/a.md reports/key", `cannot read reports/key: ${out}`],
    ["stat -L reports/key", `cannot read reports/key: ${out}`],
    ["ls -R reports/evil/.git", "asked"],
    [
      "cat reports/fifo",
      "cannot read reports/fifo: it is something that is not a file; read a file of the data directory",
    ],
  ];
  const commands = refused.map(([command]) => command);
  const { outcomes, executed } = await readAll(profile, [...commands, "cat reports/a.md"]);
  assertEquals(outcomes, [...refused.map(([_, why]) => why), 0]);
  assertEquals(executed, [["cat", "reports/a.md"]]);
});

Deno.test("empty and relative entries of PATH execute no program of the data directory", async () => {
  await using profile = await tempProfile({ files: { "reports/a.md": "one\n" } });
  const { root, paths: { dataDir } } = profile;
  await git(root, "init", "-q", "site");
  const names = ["bash", "git", "cat", "ls", "ln", "ps", "rm"];
  for (const dir of [root, dataDir, join(dataDir, "reports"), join(root, "site")]) {
    for (const name of names) {
      const path = join(dir, name);
      await Deno.writeTextFile(path, "#!/bin/sh\ntouch started\n", { mode: 0o700 });
    }
  }
  const commands = ["cat reports/a.md", "ls goals", `git -C '${root}/site' status -s`];
  for (const before of ["", ".", "reports:./site:data/reports", ":."]) {
    const PATH = `${before}:${profile.environment.PATH}`;
    const { outcomes, executed } = await readAll(profile, commands, PATH);
    assertEquals(outcomes, [0, 0, 0], before);
    assertEquals(executed, [
      ["cat", "reports/a.md"],
      ["git", "status", "--ignore-submodules=all", "-s"],
      ["ls", "goals"],
    ]);
  }
});
