import { assertEquals, assertRejects } from "@std/assert";
import { join, relative } from "@std/path";
import gitignore from "../../seeds/gitignore.txt" with { type: "text" };
import { commitEdits } from "../../src/profile/commits.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** A profile whose data directory is not there yet. */
async function unmade(env: Record<string, string> = {}): Promise<TempProfile> {
  const profile = await tempProfile({ env });
  await Deno.remove(profile.paths.dataDir, { recursive: true });
  return profile;
}

const SEEDS = ["schedules/daily.yaml", "goals/playbook-daily.md", "goals/setup.md", "PLAYBOOK.md"];

async function seededIn(profile: TempProfile): Promise<string[]> {
  const { seeded } = await ensureProfile(profile);
  return seeded.map((path) => relative(profile.paths.dataDir, path));
}

Deno.test("ensureProfile makes, seeds and commits a profile, once", async () => {
  await using profile = await unmade();
  const { dataDir } = profile.paths;
  assertEquals(await seededIn(profile), SEEDS);
  assertEquals(await seededIn(profile), []);
  assertEquals(await subjects(dataDir), ["First commit"]);
  assertEquals(
    (await git(dataDir, "ls-files")).split("\n").sort(),
    [".gitignore", ".profile_id", ...SEEDS].sort(),
  );
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
  const mode = async (path: string) => (await Deno.stat(join(dataDir, path))).mode! & 0o777;
  assertEquals(await Promise.all(["", "goals", ".looop", "asks/closed"].map(mode)), [
    0o700,
    0o700,
    0o700,
    0o700,
  ]);
  assertEquals(await Promise.all(["PLAYBOOK.md", "schedules/daily.yaml"].map(mode)), [
    0o600,
    0o600,
  ]);
  assertEquals(profile.warnings, []);
});

Deno.test("ensureProfile never overwrites a file", async () => {
  await using profile = await unmade();
  await profile.write("goals/setup.md", "mine");
  await profile.write(".gitignore", "# mine\n");
  assertEquals(await seededIn(profile), SEEDS.filter((path) => path !== "goals/setup.md"));
  assertEquals(await profile.read("goals/setup.md"), "mine");
  assertEquals(await profile.read(".gitignore"), "# mine\n");
});

Deno.test("ensureProfile seeds nothing where a person removed PLAYBOOK from a used profile", async () => {
  await using profile = await unmade();
  await profile.write("state.json", "{}");
  assertEquals(await seededIn(profile), []);
});

// A file without read permission stops everyone but root; a symlink to itself stops root, too.
for (
  const [what, make] of [
    ["a dangling symlink", (path) => Deno.symlink("/nowhere", path)],
    ["a directory", (path) => Deno.mkdir(path)],
    ["a file that cannot be read", (path) => Deno.symlink("PLAYBOOK.md", path)],
    [
      "something that is not a file",
      (path) => new Deno.Command("mkfifo", { args: [path] }).output(),
    ],
  ] as [string, (path: string) => Promise<unknown>][]
) {
  Deno.test(`ensureProfile says so and makes nothing where PLAYBOOK is ${what}`, async () => {
    await using profile = await unmade();
    const { dataDir, playbook } = profile.paths;
    await Deno.mkdir(dataDir);
    await make(playbook);
    const error = await assertRejects(() => ensureProfile(profile), UserError);
    assertEquals(
      error.message,
      `cannot write the starter file ${playbook}: there is ${what}. Nothing was written; move it away and run looop again.`,
    );
    assertEquals([...Deno.readDirSync(dataDir)].map(({ name }) => name), ["PLAYBOOK.md"]);
  });
}

Deno.test("ensureProfile says so where the data directory, or a directory of it, is something else", async () => {
  await using profile = await unmade();
  const { dataDir, goals } = profile.paths;
  await Deno.symlink("/nowhere", dataDir);
  await assertRejects(
    () => ensureProfile(profile),
    UserError,
    `cannot use the data directory ${dataDir}: it is a dangling symlink; move it, or set LOOOP_DATA_DIR`,
  );
  await Deno.remove(dataDir);
  await Deno.writeTextFile(dataDir, "");
  await assertRejects(() => ensureProfile(profile), UserError, `${dataDir}: it is a file; move it`);
  await Deno.remove(dataDir);
  await Deno.mkdir(dataDir);
  await Deno.writeTextFile(join(dataDir, "PLAYBOOK.md"), "");
  await Deno.writeTextFile(goals, "");
  await assertRejects(
    () => ensureProfile(profile),
    UserError,
    `cannot make the directory ${goals}`,
  );
});

Deno.test("ensureProfile keeps out of a repository that the data directory lies in", async () => {
  await using profile = await unmade();
  await git(profile.root, "init", "-q");
  await git(profile.root, "commit", "-q", "--allow-empty", "-m", "parent");
  await ensureProfile(profile);
  assertEquals(await subjects(profile.paths.dataDir), ["First commit"]);
  assertEquals(await subjects(profile.root), ["parent"]);
  assertEquals(await git(profile.root, "diff", "--cached", "--name-only"), "");
});

for (
  const [what, ignore] of [["without a .gitignore", null], ["with another one", "*.bak\n"]] as const
) {
  Deno.test(`ensureProfile keeps its own files out of a user's repository ${what}`, async () => {
    await using profile = await tempProfile();
    const { dataDir } = profile.paths;
    await git(dataDir, "init", "-q");
    if (ignore !== null) await profile.write(".gitignore", ignore);
    await profile.write(".looop/secret", "s");
    // An earlier version committed it.
    await git(dataDir, "add", "-f", ".looop/secret");
    await git(dataDir, "commit", "-q", "-m", "mine");
    await ensureProfile(profile);
    for (const path of ["runs/r/prompt.md", "snapshots/a.json", "workers/a/x", "events.jsonl"]) {
      await profile.write(path, "{}");
    }
    await commitEdits(profile);
    const tracked = (await git(dataDir, "ls-files")).split("\n");
    assertEquals(
      tracked.filter((path) => /^(\.looop|runs|snapshots|workers|events)/.test(path)),
      [],
    );
    assertEquals(await profile.read(".gitignore"), ignore ?? gitignore);
  });
}

Deno.test("ensureProfile is not swayed by git configuration, hooks, templates, ignores or GIT_*", async () => {
  await using other = await tempProfile();
  const at = (...parts: string[]) => join(other.root, ...parts);
  const hook = `#!/bin/sh\ntouch ${at("hooked")}\nexit 1\n`;
  for (const dir of ["hooks", "templates/hooks"]) {
    await Deno.mkdir(at(dir), { recursive: true });
    for (const name of ["pre-commit", "commit-msg", "post-commit"]) {
      await Deno.writeTextFile(at(dir, name), hook, { mode: 0o700 });
    }
  }
  await Deno.mkdir(at("home", ".config", "git"), { recursive: true });
  await Deno.writeTextFile(at("home", ".config", "git", "ignore"), "*\n");
  await Deno.writeTextFile(at("home", ".config", "git", "attributes"), "* eol=crlf\n");
  const config = `[core]\nhooksPath = ${at("hooks")}\n[init]\ntemplateDir = ${at("templates")}\n` +
    "[commit]\ngpgSign = true\n[gpg]\nprogram = /bin/false\n[user]\nname = Mallory\n";
  await Deno.writeTextFile(at("home", ".gitconfig"), config);
  await using profile = await unmade({
    HOME: at("home"),
    GIT_DIR: at("elsewhere"),
    GIT_WORK_TREE: at("elsewhere"),
    GIT_INDEX_FILE: at("index"),
    GIT_TEMPLATE_DIR: at("templates"),
    GIT_AUTHOR_NAME: "Mallory",
    GIT_CONFIG_GLOBAL: at("home", ".gitconfig"),
  });
  await ensureProfile(profile);
  const { dataDir } = profile.paths;
  assertEquals(
    await git(dataDir, "log", "--format=%an %ae %s"),
    "looop looop@localhost First commit",
  );
  assertEquals((await git(dataDir, "ls-files")).split("\n").length, 6);
  for (const path of ["hooked", "elsewhere", "index"]) {
    assertEquals(await Deno.stat(at(path)).catch(() => null), null);
  }
});

Deno.test("ensureProfile warns once where there is no git, and goes on", async () => {
  await using profile = await unmade({ PATH: "/nowhere" });
  assertEquals(await seededIn(profile), SEEDS);
  await ensureProfile(profile);
  assertEquals(
    new Set(profile.warnings),
    new Set([
      "git is not installed: moves are applied and journaled, but there is no history to go back to",
    ]),
  );
  assertEquals(await Deno.stat(join(profile.paths.dataDir, ".git")).catch(() => null), null);
});
