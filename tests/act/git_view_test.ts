import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { isPresent } from "../../src/os/stat.ts";
import { openGitView } from "../../src/profile/git_view.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { git, mkfifo, read, refusal, repository } from "./reads.ts";

Deno.test("runCommand refuses git directories that workers write, however they are reached", async () => {
  await using profile = await tempProfile();
  const { root, paths: { dataDir } } = profile;
  const evil = join(dataDir, "reports/evil");
  await repository(evil);
  const make = async (name: string) => {
    await Deno.mkdir(join(root, name));
    return join(root, name);
  };
  await Deno.symlink(evil, join(root, "link"));
  await Deno.symlink(join(evil, ".git"), join(await make("dot-link"), ".git"));
  await Deno.writeTextFile(join(await make("dot-file"), ".git"), `gitdir: ${evil}/.git\n`);
  const relative = "gitdir: ../data/reports/../reports/evil/.git\n";
  await Deno.writeTextFile(join(await make("relative"), ".git"), relative);
  const common = join(await make("common"), ".git");
  await Deno.mkdir(common);
  await Deno.writeTextFile(join(common, "HEAD"), "ref: refs/heads/main\n");
  await Deno.writeTextFile(join(common, "commondir"), `${evil}/.git\n`);
  await Deno.mkdir(join(await make("parent"), "sub"));
  await Deno.symlink(join(evil, ".git"), join(root, "parent/.git"));
  await Deno.symlink("/proc/self", join(root, "proc"));
  const self = await refusal(profile, `git -C '${root}/proc' status`);
  assertMatch(self, /ROOT\/proc leads to \/proc\/\d+, which is not a directory of files$/);
  for (const name of ["link", "dot-link", "dot-file", "relative", "common", "parent/sub"]) {
    const message = await refusal(profile, `git -C '${root}/${name}' status`);
    assertMatch(
      message,
      /^cannot run git in ROOT\/\S+: ROOT\/\S+ leads to ROOT\/data\/reports\/evil\S*, which is in the data directory, where workers write$/,
    );
  }
});

Deno.test("runCommand refuses what is not a repository with a working tree", async () => {
  await using profile = await tempProfile();
  const { root } = profile;
  const bare = join(root, "bare");
  await repository(bare);
  await Deno.mkdir(join(root, "empty"));
  await Deno.mkdir(join(root, "odd"));
  await Deno.writeTextFile(join(root, "odd/.git"), "gitdir: nowhere\n");
  await Deno.mkdir(join(root, "dev/.git"), { recursive: true });
  await Deno.writeTextFile(join(root, "dev/.git/HEAD"), "ref: refs/heads/main\n");
  await Deno.symlink("/dev/zero", join(root, "dev/.git/config"));
  await Deno.mkdir(join(root, "fifo/.git"), { recursive: true });
  await Deno.writeTextFile(join(root, "fifo/.git/HEAD"), "ref: refs/heads/main\n");
  await mkfifo(join(root, "fifo/.git/config"));
  await Deno.mkdir(join(root, "pseudo/.git"), { recursive: true });
  await Deno.writeTextFile(join(root, "pseudo/.git/HEAD"), "ref: refs/heads/main\n");
  await Deno.writeTextFile(join(root, "pseudo/.git/commondir"), "/proc/self\n");
  const at = (name: string) => `cannot run git in ROOT/${name}: `;
  for (
    const [name, why] of [
      ["none", "it is not a directory"],
      ["empty", "it is not in a git repository"],
      ["odd", "ROOT/odd/.git names no git directory"],
      ["bare/.git", "ROOT/bare/.git is a git directory; name its working tree"],
      ["bare/.git/refs", "ROOT/bare/.git is a git directory; name its working tree"],
      ["dev", "its git directory ROOT/dev/.git: config leads to /dev/zero"],
      ["fifo", "its git directory ROOT/fifo/.git: config cannot be read: it is not a regular file"],
    ]
  ) {
    assertEquals(await refusal(profile, `git -C '${root}/${name}' status`), at(name) + why);
  }
  assertMatch(
    await refusal(profile, `git -C '${root}/pseudo' status`),
    /leads to \/proc\/\d+, which is not a directory of files$/,
  );
});

Deno.test("runCommand prints no line of a file to which a link in a git directory leads", async () => {
  await using profile = await tempProfile();
  const { root } = profile;
  const site = join(root, "site");
  await repository(site);
  const at = (name: string) => join(site, ".git", name);
  await Deno.mkdir(at("rebase-merge"));
  for (const name of ["interactive", "onto", "head-name", "done", "git-rebase-todo"]) {
    await Deno.writeTextFile(at(`rebase-merge/${name}`), "pick one\n");
  }
  const status = `git -C ${site} status`;
  assertMatch((await read(profile, status)).output_tail ?? "", /Last command done.*\n {3}pick one/);
  await Deno.mkdir(at("rebase-apply"));
  const secret = join(root, "secret.txt");
  await Deno.writeTextFile(secret, "TOP SECRET\n");
  const lines = [
    ...["packed-refs", "shallow", "FETCH_HEAD", "info/grafts", "info/exclude", "info/attributes"],
    ...["info/sparse-checkout", "objects/info/alternates", "rebase-merge/done"],
    ...["rebase-merge/git-rebase-todo", "rebase-merge/head-name", "rebase-apply/head-name"],
  ];
  for (const name of lines) {
    const before = await Deno.readFile(at(name)).catch(() => null);
    await Deno.remove(at(name)).catch(() => null);
    await Deno.symlink(secret, at(name));
    const why = await refusal(profile, status);
    assert(why.endsWith(`${name.replace("objects/", "")} leads to ROOT/secret.txt`), why);
    await Deno.remove(at(name));
    if (before) await Deno.writeFile(at(name), before);
  }
  await mkfifo(at("packed-refs"));
  assertMatch(await refusal(profile, status), /packed-refs is something that is not a file$/);
  await Deno.remove(at("packed-refs"));
  const other = join(root, "other");
  await Deno.mkdir(join(other, "info"), { recursive: true });
  await Deno.symlink(secret, join(other, "info/alternates"));
  await Deno.writeTextFile(at("objects/info/alternates"), `# more\n${other}\n`);
  assertMatch(await refusal(profile, status), /: info\/alternates leads to ROOT\/secret\.txt$/);
  await Deno.writeTextFile(at("objects/info/alternates"), `"${other}"\n`);
  assertMatch(await refusal(profile, status), /its alternates have quotes$/);
  await Deno.remove(at("objects/info/alternates"));
  // As git-new-workdir shares a git directory.
  const shared = join(root, "shared/.git");
  await Deno.mkdir(shared, { recursive: true });
  for (const name of ["HEAD", "index"]) await Deno.copyFile(at(name), join(shared, name));
  for (const name of ["config", "refs", "logs", "objects", "info", "packed-refs"]) {
    await Deno.symlink(at(name), join(shared, name));
  }
  assertEquals((await read(profile, `git -C ${root}/shared log --oneline`)).exit_code, 0);
});

Deno.test("runCommand reads no file of a working tree that is behind a symlink, whichever command names it", async () => {
  await using profile = await tempProfile();
  const site = join(profile.root, "site");
  await repository(site);
  await Deno.mkdir(join(site, "d/e"), { recursive: true });
  for (const path of ["d/a.md", "d/e/a.md", "b.md"]) {
    await Deno.writeTextFile(join(site, path), "one\n");
  }
  await git(site, "add", ".");
  await git(site, "commit", "-qm", "second");
  const secret = join(profile.root, "secret");
  await Deno.rename(join(site, "d"), secret);
  for (const path of ["a.md", "e/a.md"]) {
    await Deno.writeTextFile(join(secret, path), "hush-hush\n");
  }
  await Deno.symlink(secret, join(site, "d"));
  await Deno.remove(join(site, "b.md"));
  await Deno.symlink(join(secret, "a.md"), join(site, "b.md"));
  const paths = ["d/a.md", "d/e/a.md", "./d//a.md", "e/../d/e/a.md", `${site}/d/a.md`];
  for (const path of paths) {
    for (const command of [`blame '${path}'`, `blame -w -- '${path}'`]) {
      const why = await refusal(profile, `git -C '${site}' ${command}`);
      assertMatch(why, /^cannot read \S+: it is behind a symlink to ROOT\/secret(\/e)?$/);
    }
  }
  const others = [
    "diff",
    "diff HEAD~0 -- d/a.md",
    "log -p -- d/a.md",
    "show HEAD:d/a.md",
    "status",
  ];
  for (const command of [...others, "ls-files -m", "blame b.md", "blame a.ts"]) {
    const { exit_code, output_tail } = await read(profile, `git -C '${site}' ${command}`);
    assertEquals([exit_code, output_tail?.includes("hush")], [0, false], command);
  }
});

Deno.test("runCommand shows linked worktrees, subdirectories, clones and submodules as git does", async () => {
  await using profile = await tempProfile();
  const { root } = profile;
  const site = join(root, "site");
  await repository(site);
  await git(site, "worktree", "add", "-q", "-b", "fix", join(root, "tree"));
  await Deno.writeTextFile(join(root, "tree/b.ts"), "new\n");
  await git(root, "clone", "-q", "--shared", "site", "clone");
  await git(join(root, "clone"), "commit", "-q", "--allow-empty", "-m", "second");
  await repository(join(root, "big"), "--object-format=sha256");
  await git(root, "init", "-q", "outer");
  await git(join(root, "outer"), "submodule", "--quiet", "add", site, "sub");
  await Deno.writeTextFile(join(root, "outer/sub/a.ts"), "three\n");
  await Deno.mkdir(join(site, "lib/deep"), { recursive: true });
  await Deno.writeTextFile(join(site, "lib/deep/c.ts"), "c\n");
  await Deno.symlink(site, join(root, "link"));
  for (
    const [command, output] of [
      ["site status -sb", "## main\n M a.ts\n?? lib/"],
      ["link status -s", " M a.ts\n?? lib/"],
      ["site/lib/deep status -s", " M ../../a.ts\n?? ../"],
      ["site/lib rev-parse --show-toplevel", site],
      ["site diff --stat", " a.ts | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)"],
      ["tree status -sb", "## fix\n?? b.ts"],
      ["tree branch", "* fix\n  main"],
      ["clone status -sb", "## main...origin/main [ahead 1]"],
      ["clone log --format=%s", "second\nfirst"],
      ["clone remote", "origin"],
      ["big log --format=%s --stat", "first\n\n a.ts | 1 +\n 1 file changed, 1 insertion(+)"],
      ["outer status -s", "A  .gitmodules\nA  sub"],
      ["outer/sub status -s", " M a.ts"],
    ]
  ) {
    const [dir, ...words] = command.split(" ");
    const { exit_code, output_tail = "" } = await read(
      profile,
      `git -C '${root}/${dir}' ${words.join(" ")}`,
    );
    assertEquals(exit_code, 0, output_tail);
    assertEquals(output_tail.startsWith(output.trim()), true, `${command}: ${output_tail}`);
  }
});

Deno.test("runCommand leaves a repository as it is", async () => {
  await using profile = await tempProfile();
  const site = join(profile.root, "site");
  await repository(site);
  const touch = new Date(Date.now() + 5000);
  await Deno.utime(join(site, "a.ts"), touch, touch);
  const files = async () => {
    const found = await Array.fromAsync(Deno.readDir(join(site, ".git")), async ({ name }) => {
      const { ino, mtime, size } = await Deno.stat(join(site, ".git", name));
      return { name, ino, mtime, size };
    });
    return found.sort((a, b) => a.name < b.name ? -1 : 1);
  };
  const before = await files();
  for (const words of ["status", "diff", "log -p", "ls-files -m"]) {
    assertEquals((await read(profile, `git -C '${site}' ${words}`)).exit_code, 0);
  }
  assertEquals(await files(), before);
});

Deno.test("openGitView removes its directory", async () => {
  await using profile = await tempProfile();
  const site = join(profile.root, "site");
  await repository(site);
  let path: string;
  {
    await using view = await openGitView(profile, site, profile.paths.dataDir);
    path = view.path;
    assert(isPresent(path));
  }
  assert(!isPresent(path));
  assert(isPresent(join(site, ".git/refs/heads/main")));
});
