import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { playbookAt, playbookHistory } from "../../src/documents/playbook.ts";
import { commitEdits, commitRun } from "../../src/profile/commits.ts";
import { join } from "@std/path";
import { bash, begun } from "./begun.ts";
import { git, subjects } from "../support/git.ts";

/** What a power cut leaves in `.git`, made by a command, and whether the newest commit is lost with it. */
const DAMAGED = [
  { what: "an empty HEAD", make: ": >.git/HEAD", isLost: false },
  { what: "a HEAD of zeros", make: "head -c 20 /dev/zero >.git/HEAD", isLost: false },
  { what: "an empty branch", make: ": >.git/refs/heads/main", isLost: false },
  { what: "an empty commit", make: "empty $(git rev-parse HEAD)", isLost: true },
  { what: "no HEAD", make: "rm .git/HEAD", isLost: false },
  { what: "a missing branch", make: "rm .git/refs/heads/main", isLost: false },
  { what: "missing refs", make: "rm -r .git/refs", isLost: false },
  {
    what: "a missing tree of goals",
    make: "rm -f $(object $(git rev-parse HEAD:goals))",
    isLost: true,
  },
  { what: "an empty tree", make: "empty $(git rev-parse HEAD:goals)", isLost: true },
  { what: "a missing tree", make: "rm -f $(object $(git rev-parse HEAD^{tree}))", isLost: true },
];
const OBJECTS = "object() { echo .git/objects/${1:0:2}/${1:2}; }\n" +
  "empty() { chmod u+w $(object $1); : >$(object $1); }\n";

Deno.test("the history goes on from the newest whole commit after a power cut left some damage", async () => {
  for (const { what, make, isLost } of DAMAGED) {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    await profile.write("goals/tea.md", "---\ngoal: tea\n---\n");
    await commitEdits(profile);
    await bash(dataDir, OBJECTS + make);
    await profile.write("journal.md", "- a\n");
    const isDone = await commitRun(profile, ["journal.md"], "a move", "r");
    assertEquals(isDone, true, `${what}: ${profile.warnings}`);
    await commitEdits(profile);
    const edits = "Edits since the last move";
    const lost = isLost ? [edits, "a move", "First commit"] : ["a move", edits, "First commit"];
    assertEquals(await subjects(dataDir), lost, what);
    assertEquals(await git(dataDir, "show", "HEAD:goals/tea.md"), "---\ngoal: tea\n---", what);
    assertEquals(profile.warnings.length, 1, `${what}: ${profile.warnings}`);
    assertStringIncludes(
      profile.warnings[0],
      `the history in ${dataDir} was damaged: it goes on from commit `,
    );
    await git(dataDir, "fsck", "--connectivity-only", "--no-reflogs");
  }
});

Deno.test("a branch without a commit yet is not taken for a damaged one", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await git(dataDir, "checkout", "-q", "--orphan", "fresh");
  await profile.write("journal.md", "- a\n");
  await commitRun(profile, ["journal.md", "gone.md"], "a move", "r");
  assertEquals([await subjects(dataDir), profile.warnings], [["a move"], []]);
});

/** Damage that is repaired by what else is there, or that the history goes on without. */
const REPAIRED = [
  {
    what: "a config cut in the middle",
    make: "echo '[core' >.git/config",
    reports: "config of git in",
  },
  {
    what: "a config of zeros",
    make: "head -c 99 /dev/zero >.git/config",
    reports: "config of git in",
  },
  {
    what: "packed refs of zeros",
    make: "git pack-refs --all; head -c 99 /dev/zero >.git/packed-refs",
    reports: "packed-refs of git in",
  },
  {
    what: "an empty index of a pack",
    make: "git repack -adq; chmod u+w .git/objects/pack/*.idx; : >$(echo .git/objects/pack/*.idx)",
    reports: "was damaged: it goes on from commit",
  },
  {
    what: "no index of a pack",
    make: "git repack -adq; rm -f .git/objects/pack/*.idx",
    reports: "was damaged: it goes on from commit",
  },
];

for (const { what, make, reports } of REPAIRED) {
  Deno.test(`the history is whole again after ${what}, also for who only lists it`, async () => {
    for (const isListed of [true, false]) {
      await using profile = await begun();
      const { dataDir } = profile.paths;
      await profile.write("PLAYBOOK.md", "# Calm\n");
      await commitEdits(profile);
      await bash(dataDir, make);
      if (isListed) assertEquals((await playbookHistory(profile)).length, 2);
      await profile.write("journal.md", "- a\n");
      assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), true);
      const expected = ["a move", "Edits since the last move", "First commit"];
      assertEquals(await subjects(dataDir), expected);
      assertStringIncludes(profile.warnings[0], reports);
      await git(dataDir, "fsck");
    }
  });
}

Deno.test("a new history begins if no commit can be read, and the ids of the former commits stay", async () => {
  for (const files of ["*.pack", "*"]) {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    const former = await git(dataDir, "rev-parse", "HEAD");
    await bash(dataDir, `git repack -adq; rm -f .git/objects/pack/${files}`);
    await profile.write("journal.md", "- a\n");
    assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), true);
    await commitEdits(profile);
    assertEquals(await subjects(dataDir), ["Edits since the last move", "a move"]);
    assertEquals(await git(dataDir, "status", "--porcelain"), "");
    assertStringIncludes(profile.warnings.join("\n"), "can be read any more: a new history begins");
    const [, logs] = /(\S+\/HEAD) lists the former commits/.exec(profile.warnings.join("\n"))!;
    assertStringIncludes(await Deno.readTextFile(logs), former);
    await git(dataDir, "fsck");
  }
});

Deno.test("objects that are only out of reach are no reason for a new history", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await bash(
    dataDir,
    "git repack -adq; mv .git/objects/pack ../pack; mkdir -p .git/objects/info; echo ../../../gone >.git/objects/info/alternates",
  );
  await profile.write("journal.md", "- a\n");
  assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), false);
  await bash(dataDir, "mv ../pack .git/objects/pack");
  assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), true);
  assertEquals(await subjects(dataDir), ["a move", "First commit"]);
  // A symlink to itself stands for a closed file, which root can open; git calls both corrupt.
  const unpack =
    "rm .git/objects/info/alternates; mkdir ../packs; mv .git/objects/pack/* ../packs\n" +
    "git unpack-objects -q <$(echo ../packs/*.pack)\n";
  const hide =
    "for id in $(git rev-parse HEAD); do mv $(object $id) ../saved-$id; ln -s ${id:2} $(object $id); done";
  await bash(dataDir, `${OBJECTS}${unpack}${hide}`);
  assertEquals(await commitRun(profile, ["journal.md"], "a move", "r"), false);
  const told = "cannot be opened; make them yours: chown -R ";
  assertStringIncludes(profile.warnings.join("\n"), told);
  const show =
    "for saved in ../saved-*; do o=$(object ${saved#../saved-}); rm $o; mv $saved $o; done";
  await bash(dataDir, OBJECTS + show);
  assertEquals(await subjects(dataDir), ["a move", "First commit"]);
});

/** Damage in an older commit, made by a command. */
const OLD = [
  { what: "a commit of other bytes", make: "damage HEAD~2" },
  { what: "a missing commit", make: "rm -f $(object $(git rev-parse HEAD~2))" },
  { what: "an empty tree", make: "empty $(git rev-parse HEAD~2^{tree})" },
];

Deno.test("undo and history list what is newer than a damaged commit, and say so", async () => {
  for (const { what, make } of OLD) {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    for (const text of ["one", "two", "three"]) {
      await profile.write("PLAYBOOK.md", `${text}\n`);
      await commitRun(profile, ["PLAYBOOK.md"], text, `20261129t18370${text.length}-00000000`);
    }
    const damage = "damage() { o=$(object $(git rev-parse $1)); chmod u+w $o; echo x >$o; }\n";
    await bash(dataDir, OBJECTS + damage + make);
    const listed = (await playbookHistory(profile)).map(({ why }) => why);
    assertEquals(listed, ["three"], what);
    assertStringIncludes(profile.warnings.join("\n"), "so older commits are missing here: ", what);
  }
});

Deno.test("a file whose object is lost is named; other commits of it can be read", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await profile.write("PLAYBOOK.md", "two\n");
  await commitEdits(profile);
  await bash(dataDir, `${OBJECTS}empty $(git rev-parse HEAD~1:PLAYBOOK.md)`);
  const old = await git(dataDir, "rev-parse", "HEAD~1");
  const error = await assertRejects(() => playbookAt(profile, old), Error);
  const lost = `cannot read PLAYBOOK.md of commit ${
    old.slice(0, 7)
  }: its object is damaged or lost`;
  assertStringIncludes(error.message, lost);
  const current = async () => new TextDecoder().decode((await playbookAt(profile, "HEAD")).bytes);
  assertEquals(await current(), "two\n");
  // What the file has still, is written again.
  await bash(dataDir, `${OBJECTS}empty $(git rev-parse HEAD:PLAYBOOK.md)`);
  assertEquals(await current(), "two\n");
  await git(dataDir, "cat-file", "-e", "HEAD:PLAYBOOK.md");
});

/** Ways in which the index can be destroyed. */
const DAMAGES: Record<string, (index: string) => Promise<void>> = {
  "cut to nothing": (index) => Deno.truncate(index),
  "cut in the middle": (index) => Deno.truncate(index, 100),
  "full of zeros": (index) => Deno.writeFile(index, new Uint8Array(500)),
  "other bytes in the middle": async (index) => {
    const bytes = await Deno.readFile(index);
    await Deno.writeFile(index, bytes.fill(7, 14, 90));
  },
  "a directory": async (index) => {
    await Deno.remove(index);
    await Deno.mkdir(index);
  },
  "of a later git": async (index) => {
    const bytes = await Deno.readFile(index);
    bytes[7] = 9;
    await Deno.writeFile(index, bytes);
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`an index that is ${what} is made again from the last commit, and reported`, async () => {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    await damage(join(dataDir, ".git", "index"));
    await profile.write("goals/tea.md", "tea\n");
    await commitEdits(profile);
    assertEquals(await git(dataDir, "show", "--format=", "--name-only", "HEAD"), "goals/tea.md");
    assertEquals(profile.warnings, [
      `the index of git in ${dataDir} was damaged: it is made again from the last commit, and no file has changed`,
    ]);
  });
}
