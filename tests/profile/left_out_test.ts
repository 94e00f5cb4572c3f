import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { checkHistory } from "../../src/doctor/records.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { commitEdits, commitRun } from "../../src/profile/commits.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { fileHistory } from "../../src/profile/history.ts";
import { findUndo, undoMove } from "../../src/documents/undo.ts";
import { bash, begun } from "./begun.ts";
import { git, subjects } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { tempProfile } from "../support/temp_profile.ts";

function doctorOf(profile: Profile) {
  return { profile, variables: [], signal: AbortSignal.timeout(30_000) };
}

/** What git cannot take, made in the data directory by a command, and the warning about it. */
const STRANGE = [
  {
    what: "a name that is not UTF-8",
    make: "echo x > $'goals/caf\\xe9.md'",
    warns: "its name is not UTF-8",
  },
  {
    what: "such a name among the reports",
    make: "echo x > $'reports/\\xff.md'",
    warns: "not UTF-8",
  },
  {
    what: "such a directory",
    make: "mkdir $'sensors/\\xfe' && echo x > $'sensors/\\xfe/a'",
    warns: "not UTF-8",
  },
  {
    what: "a name of git's own",
    make: "mkdir sensors/x && echo x > sensors/x/.GIT",
    warns: "sensors/x/.GIT is not committed: git reserves its name",
  },
  {
    what: "a tracked file that became a FIFO",
    make: "rm goals/old.md && mkfifo goals/old.md",
    warns: "goals/old.md is not committed: it is not a file",
  },
  {
    what: "a git repository",
    make: "git init -q goals/sub && echo x > goals/sub/x",
    warns: "goals/sub/ is not committed: it is a git repository",
  },
  {
    what: "sensors/ that became a symlink",
    make: "mkdir ../dots && mv sensors ../dots/sensors && ln -s ../dots/sensors sensors",
    warns: "sensors/ is a symlink: git keeps no history of what is behind it",
  },
  {
    what: "reports/ that is a symlink",
    make: "echo x > reports/a.md && mv reports ../reports && ln -s ../reports reports",
    warns: "reports/ is a symlink",
  },
  {
    what: "goals/archive/ that is a symlink",
    make:
      "mv goals/archive ../archive && ln -s ../../archive goals/archive && echo x > goals/archive/b.md",
    warns: null,
  },
];

for (const { what, make, warns } of STRANGE) {
  Deno.test(`commitEdits takes everything but ${what}, now and later`, async () => {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    await profile.write("goals/old.md", "old\n");
    await profile.write("sensors/old.sh", "old\n");
    await commitEdits(profile);
    await bash(dataDir, make);
    for (let round = 0; round < 3; round++) {
      await profile.write("PLAYBOOK.md", `# Round ${round}\n`);
      await profile.write("goals/tea.md", `round ${round}\n`);
      await commitEdits(profile);
      assertEquals(await git(dataDir, "show", "HEAD:goals/tea.md"), `round ${round}`);
    }
    assertEquals((await fileHistory(profile, "PLAYBOOK.md")).length, 4);
    const told = profile.warnings.filter((text) => text.includes(warns ?? ""));
    // Not again with each commit.
    assertEquals(told.length, warns === null ? 0 : 1, `${profile.warnings}`);
    const found = await Array.fromAsync(checkHistory.run(doctorOf(profile)));
    const listed = found.filter(({ found }) => found.includes(warns ?? "is a symlink"));
    assertEquals(listed.length, 1, JSON.stringify(found));
  });
}

Deno.test("what is left out is reported once by a move and an edit, again once it changes, and not when it is gone", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  const told = async (make: string) => {
    profile.warnings.length = 0;
    await bash(dataDir, make);
    await profile.write("goals/tea.md", `${make}\n`);
    for (const round of ["1", "2"]) {
      await profile.write("PLAYBOOK.md", `${make} ${round}\n`);
      await commitRun(profile, ["PLAYBOOK.md", "goals/x.md"], "a move", `r${round}`);
      await profile.write("goals/tea.md", `${make} ${round}\n`);
      await commitEdits(profile);
    }
    return profile.warnings;
  };
  const pipe = "goals/x.md is not committed: it is not a file";
  assertEquals(await told("echo x >goals/x.md"), []);
  assertEquals(await told("rm goals/x.md; mkfifo goals/x.md"), [pipe]);
  assertEquals(await told("true"), []);
  const repository = "goals/sub/ is not committed: it is a git repository";
  assertEquals(await told("rm goals/x.md; git init -q goals/sub"), [repository]);
  assertEquals(await told("rm -rf goals/sub; echo x >goals/x.md"), []);
  assertEquals(await told("rm goals/x.md; mkfifo goals/x.md"), [pipe]);
});

Deno.test("of many files that git cannot take some are told, and doctor lists all", async () => {
  await using profile = await begun();
  await bash(
    profile.paths.dataDir,
    "for n in {1..30}; do mkdir -p reports/$n && echo x >reports/$n/git~1; done",
  );
  for (let round = 0; round < 2; round++) await commitEdits(profile);
  assertEquals(profile.warnings.length, 21);
  assertEquals(profile.warnings.at(-1), "10 more are not committed; looop doctor lists them");
  const found = await Array.fromAsync(checkHistory.run(doctorOf(profile)));
  assertEquals(found.filter(({ found }) => found.includes("git reserves its name")).length, 30);
});

Deno.test("commitEdits finds the files that git refuses among hundreds, and commits the others", async () => {
  await using profile = await begun();
  for (let n = 0; n < 300; n++) await profile.write(`goals/archive/g${n}.md`, `${n}\n`);
  for (const n of [3, 150, 299]) await profile.write(`sensors/${n}/.GIT`, "x");
  await commitEdits(profile);
  const files = await git(profile.paths.dataDir, "ls-files", "goals/archive");
  assertEquals(files.split("\n").length, 300);
  assertEquals(profile.warnings.map((line) => line.split(":")[0]), [
    "sensors/150/.GIT is not committed",
    "sensors/299/.GIT is not committed",
    "sensors/3/.GIT is not committed",
  ]);
});

Deno.test("commitRun commits journal and state of a move whose goal is behind a symlink; undo refuses that move alone", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  const goal = (id: string) => ({
    ...{ action: "write_goal" as const, id, body: `---\ngoal: ${id}\n---\n` },
    ...{ journal: `wrote ${id}`, more: false },
  });
  const decider = scripted(
    goal("tea"),
    { ...goal("x"), action: "write_playbook", body: "# Calm\n" } as never,
  );
  await bash(dataDir, "mv goals ../goals && ln -s ../goals goals");
  await tickOnce(profile, { decider: decider.decide });
  const [newest] = await subjects(dataDir);
  assertStringIncludes(newest, "wrote tea");
  assertEquals(await git(dataDir, "status", "--porcelain", "journal.md", "state.json"), "");
  assertEquals(
    await findUndo(profile).catch((error) => error.message.replace(/^.*\): /, "")),
    "it wrote goals/tea.md, and goals/ is a symlink: git keeps no history of what is behind it; revert it by hand",
  );
});

/** Makes a conflict between two branches, and begins to join them. */
const CONFLICTS = [
  { how: "git merge other", what: "a merge" },
  { how: "git rebase other", what: "a rebase" },
  { how: "git cherry-pick other", what: "a cherry-pick" },
  { how: "git revert --no-edit HEAD~1", what: "a revert" },
  { how: "git bisect start && git bisect bad", what: "a bisect" },
  { how: "git checkout -q --merge other", what: "goals/a.md has unresolved conflicts" },
  { how: "git apply -3 ../theirs.diff", what: "goals/a.md has unresolved conflicts" },
];

for (const { how, what } of CONFLICTS) {
  Deno.test(`nothing is committed during ${how}, which the user ends`, async () => {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    const setUp = `export GIT_CONFIG_GLOBAL=/dev/null GIT_EDITOR=true
      git config user.name u; git config user.email u@localhost
      put() { printf '%s\\n' "$1" > goals/a.md; git add -A; git commit -qm "$1"; }
      put one; git checkout -qb other; put theirs; git diff HEAD~1 > ../theirs.diff
      git checkout -q main; put ours; put more; ${
      how.includes("--merge") ? "echo dirty > goals/a.md;" : ""
    } ${how} || true`;
    await bash(dataDir, setUp);
    const head = await git(dataDir, "rev-parse", "HEAD");
    const marks = await profile.read("goals/a.md");
    await profile.write("journal.md", "- a line\n");
    assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), true);
    await commitEdits(profile).catch((error) => profile.warn(error.message));
    assertEquals(await git(dataDir, "rev-parse", "HEAD"), head);
    assertEquals(await profile.read("goals/a.md"), marks);
    assertStringIncludes(profile.warnings.join("\n"), `while ${what}`);
    await bash(
      dataDir,
      "git bisect reset || git reset -q --hard; rm -rf .git/sequencer .git/rebase-*",
    );
    await git(dataDir, "reset", "-q", "--hard");
    await profile.write("journal.md", "- a line\n");
    await commitEdits(profile);
    assertEquals((await subjects(dataDir))[0], "Edits since the last move");
  });
}

Deno.test("a commit on a detached HEAD is made and reported, also in a linked worktree", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await git(dataDir, "checkout", "-q", "--detach");
  await profile.write("journal.md", "1\n");
  assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), true);
  assertStringIncludes(
    profile.warnings[0],
    `HEAD in ${dataDir} is detached: new commits are on no branch`,
  );
  await git(dataDir, "checkout", "-q", "-B", "main");
  await Deno.rename(join(dataDir, ".git"), join(profile.root, "elsewhere"));
  await profile.write(".git", `gitdir: ../elsewhere\n`);
  await profile.write("journal.md", "2\n");
  await commitRun(profile, ["journal.md"], "on a branch", "s");
  assertEquals(profile.warnings.length, 1);
  await git(dataDir, "checkout", "-q", "--detach");
  await profile.write("journal.md", "3\n");
  await commitRun(profile, ["journal.md"], "off it", "t");
  assertEquals(profile.warnings.length, 2);
});

Deno.test("files whose changes git is told to skip are reported, by doctor as well", async () => {
  await using profile = await begun({ files: { "goals/tea.md": "---\ngoal: tea\n---\n" } });
  const { dataDir } = profile.paths;
  await git(dataDir, "update-index", "--skip-worktree", "PLAYBOOK.md", "goals/tea.md");
  await git(dataDir, "update-index", "--assume-unchanged", ".gitignore");
  // As a sparse checkout leaves it.
  await Deno.remove(join(dataDir, "goals/tea.md"));
  await profile.write("PLAYBOOK.md", "# Changed\n");
  await commitEdits(profile);
  const expected = [".gitignore", "PLAYBOOK.md"].map((path) =>
    `git is told to skip changes of ${path}, which are not committed; run git -C ${dataDir} ` +
    `update-index --no-skip-worktree --no-assume-unchanged ${path}`
  );
  assertEquals(profile.warnings, expected);
  const found = await Array.fromAsync(checkHistory.run(doctorOf(profile)));
  assertEquals(found.map(({ level }) => level), ["ok", "warn", "warn"]);
});

Deno.test("a git without the options of 2.28 and later keeps the history, and undo works with it", async () => {
  await using fresh = await tempProfile();
  const bin = join(fresh.root, "old");
  await Deno.mkdir(bin);
  const path = Deno.env.get("PATH")!;
  const script = `#!/usr/bin/env bash
unset GIT_CONFIG_GLOBAL
command=
for word; do
  case $word in
    --git-dir=* | --work-tree=* | -c | *.*=*) [ "$command" ] || continue ;;
    -*) ;;
    *) [ "$command" ] || command=$word ;;
  esac
  case $command:$word in
    init:-b | init:--initial-branch* | rev-parse:--end-of-options | *:--sparse | commit:--pathspec-from-file* | *:--trailer)
      echo "error: unknown switch" >&2; exit 129 ;;
  esac
done
PATH=${path} exec git "$@"
`;
  await Deno.writeTextFile(join(bin, "git"), script, { mode: 0o700 });
  // Read by a git before 2.32, whatever GIT_CONFIG_GLOBAL is.
  await Deno.writeTextFile(
    join(fresh.root, ".gitconfig"),
    "[commit]\n\ttemplate = /nowhere\n[core]\n\tbare = true\n",
  );
  const environment = { ...fresh.environment, PATH: `${bin}:${path}`, HOME: fresh.root };
  const env = (name: string) => environment[name as keyof typeof environment];
  const profile = { ...fresh, environment, env };
  await ensureProfile(profile);
  const { dataDir } = profile.paths;
  assertEquals(await git(dataDir, "symbolic-ref", "HEAD"), "refs/heads/main");
  const decider = scripted({
    ...{ action: "write_goal", id: "tea", body: "---\ngoal: tea\n---\n" },
    ...{ journal: "wrote tea", more: false },
  });
  await tickOnce(profile, { decider: decider.decide });
  await undoMove(profile);
  assertEquals(await Deno.stat(join(dataDir, "goals", "tea.md")).catch(() => null), null);
  assertEquals((await fileHistory(profile, "goals/tea.md")).length, 2);
  assertEquals(fresh.warnings, []);
});
