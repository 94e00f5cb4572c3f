import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { commitEdits, commitPaths, initRepository } from "../../src/profile/commits.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { hasRepository } from "../../src/profile/git.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git, subjects } from "../support/git.ts";
import { begun } from "./begun.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

/** The paths of the last commit, each with A, M or D before it. */
async function lastCommit({ paths }: TempProfile): Promise<string[]> {
  const shown = await git(
    paths.dataDir,
    ...["-c", "core.quotePath=false", "show", "--format=", "--name-status", "-z", "HEAD"],
  );
  const fields = shown.split("\0").filter(Boolean);
  return fields.flatMap((field, i) => i % 2 === 0 ? [`${field} ${fields[i + 1]}`] : []).sort();
}

const NAMES = [
  "-rf.md",
  "a b.md",
  `it's "q".md`,
  "ü \u65e5.md",
  ":(top)x.md",
  "*.md",
  "[a].md",
  "line\nbreak.md",
  "back\\slash.md",
];

Deno.test("commitPaths commits exactly these paths, removed ones too, whatever their names", async () => {
  await using profile = await begun();
  const paths = NAMES.map((name) => `goals/${name}`);
  for (const path of [...paths, "goals/other.md", "a.md"]) await profile.write(path, "1");
  await commitPaths(profile, [...paths, "goals/never-was.md"], "all of them", "run-1");
  assertEquals(await lastCommit(profile), paths.map((path) => `A ${path}`).sort());
  assertEquals(
    await git(profile.paths.dataDir, "log", "-1", "--format=%B"),
    "all of them\n\nLooop-Run: run-1",
  );
  for (const path of paths) await Deno.remove(join(profile.paths.dataDir, path));
  await commitPaths(profile, paths, "gone", "run-2");
  assertEquals(await lastCommit(profile), paths.map((path) => `D ${path}`).sort());
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "?? a.md\n?? goals/");
});

Deno.test("commitPaths commits a removal that a killed git had staged", async () => {
  await using profile = await begun();
  await profile.write("goals/tea.md", "x");
  await commitPaths(profile, ["goals/tea.md"], "made", "r");
  await Deno.remove(join(profile.paths.goals, "tea.md"));
  await git(profile.paths.dataDir, "add", "-A");
  await commitPaths(profile, ["goals/tea.md"], "removed", "r");
  assertEquals(await lastCommit(profile), ["D goals/tea.md"]);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
});

Deno.test("commitPaths makes no commit where nothing changed, or nothing is there", async () => {
  await using profile = await begun();
  await profile.write("journal.md", "x");
  for (let i = 0; i < 2; i++) await commitPaths(profile, ["journal.md"], `move ${i}`, "r");
  await commitPaths(profile, ["nothing.md"], "nothing", "r");
  await commitPaths(profile, [], "nothing", "r");
  assertEquals(await subjects(profile.paths.dataDir), ["move 0", "First commit"]);
});

Deno.test("commitPaths commits links as such, and leaves out what git cannot take", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await Deno.symlink("../elsewhere.md", join(dataDir, "goals", "link.md"));
  await new Deno.Command("mkfifo", { args: [join(dataDir, "cost.jsonl")] }).output();
  await Deno.mkdir(join(dataDir, "state.json"));
  await profile.write("journal.md", "x");
  const paths = ["goals/link.md", "cost.jsonl", "state.json", "journal.md"];
  await commitPaths(profile, paths, "a move", "r");
  assertEquals(await lastCommit(profile), ["A goals/link.md", "A journal.md"]);
});

Deno.test("commitPaths leaves what a person staged to the person", async () => {
  await using profile = await begun();
  await profile.write("goals/mine.md", "mine");
  await git(profile.paths.dataDir, "add", "goals/mine.md");
  await profile.write("journal.md", "x");
  await commitPaths(profile, ["journal.md"], "a move", "r");
  assertEquals(await lastCommit(profile), ["A journal.md"]);
});

Deno.test("commitPaths commits nothing a user staged when none of its paths is there", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await profile.write("goals/mine.md", "mine");
  await profile.write("goals/other.md", "other");
  await git(dataDir, "add", "goals/mine.md");
  await commitPaths(profile, [], "nothing", "r");
  await commitPaths(profile, ["goals/never-was.md"], "nothing", "r");
  assertEquals(await subjects(dataDir), ["First commit"]);
  const status = "A  goals/mine.md\n?? goals/other.md";
  assertEquals(await git(dataDir, "status", "--porcelain", "-uall"), status);
});

Deno.test("commitPaths of a staged removal alone stages and commits nothing else", async () => {
  await using profile = await begun({ files: { "goals/tea.md": "x", "goals/mine.md": "x" } });
  const { dataDir } = profile.paths;
  await git(dataDir, "rm", "-q", "goals/tea.md");
  await profile.write("goals/mine.md", "mine");
  await profile.write("goals/other.md", "other");
  await git(dataDir, "add", "goals/mine.md");
  await commitPaths(profile, ["goals/tea.md"], "removed", "r");
  assertEquals(await lastCommit(profile), ["D goals/tea.md"]);
  const status = "M  goals/mine.md\n?? goals/other.md";
  assertEquals(await git(dataDir, "status", "--porcelain", "-uall"), status);
});

Deno.test("commitEdits commits staged removals alone", async () => {
  await using profile = await begun({ files: { "goals/a.md": "a", "goals/b.md": "b" } });
  const { dataDir } = profile.paths;
  await git(dataDir, "rm", "-q", "goals/a.md", "goals/b.md");
  await commitEdits(profile);
  assertEquals(await lastCommit(profile), ["D goals/a.md", "D goals/b.md"]);
  assertEquals(await subjects(dataDir), ["Edits since the last move", "First commit"]);
  assertEquals(await git(dataDir, "status", "--porcelain"), "");
});

Deno.test("commitPaths commits the loop's own files even where a .gitignore names them", async () => {
  await using profile = await begun();
  await profile.write(".gitignore", "*.jsonl\njournal.md\n");
  await profile.write("journal.md", "x");
  await profile.write("cost.jsonl", "{}");
  await commitPaths(profile, ["journal.md", "cost.jsonl"], "a move", "r");
  assertEquals(await lastCommit(profile), ["A cost.jsonl", "A journal.md"]);
});

Deno.test("commitEdits commits all edits on their own but the excepted, and nothing where there are none", async () => {
  await using profile = await begun();
  const paths = NAMES.map((name) => `goals/${name}`);
  for (const path of [...paths, "state.json"]) await profile.write(path, "1");
  await Deno.remove(profile.paths.playbook);
  for (let i = 0; i < 2; i++) {
    await commitEdits(profile, { except: () => Promise.resolve(["state.json"]) });
  }
  assertEquals(
    await lastCommit(profile),
    ["D PLAYBOOK.md", ...paths.map((path) => `A ${path}`)].sort(),
  );
  assertEquals(await subjects(profile.paths.dataDir), [
    "Edits since the last move",
    "First commit",
  ]);
  await commitEdits(profile, { except: () => Promise.resolve(["state.json", "goals/[a].md"]) });
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "?? state.json");
});

Deno.test("commitEdits commits a removal that a git which was killed left staged", async () => {
  await using profile = await tempProfile({ files: { "asks/a.json": "{}", "asks/b.json": "{}" } });
  await ensureProfile(profile);
  await git(profile.paths.dataDir, "rm", "-q", "--cached", "asks/a.json");
  await Deno.remove(`${profile.paths.asks}/a.json`);
  await Deno.remove(`${profile.paths.asks}/b.json`);
  await commitEdits(profile);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
  assertEquals(await git(profile.paths.dataDir, "ls-files", "asks"), "");
});

Deno.test("commitEdits leaves out what a crash or a tick leaves behind", async () => {
  await using profile = await begun();
  for (
    const path of [
      ".state.json.1a2b3c4d.tmp",
      "goals/.tea.md.1a2b3c4d.tmp",
      ".looop/secret",
      "runs/r/prompt.md",
      "snapshots/a.json",
      "events.jsonl.1",
    ]
  ) await profile.write(path, "x");
  await commitEdits(profile);
  assertEquals(await subjects(profile.paths.dataDir), ["First commit"]);
});

Deno.test("initRepository removes the lock file that a killed git init left of its config", async () => {
  await using profile = await tempProfile();
  const path = join(profile.paths.dataDir, ".git", "config.lock");
  await Deno.mkdir(join(path, ".."));
  await Deno.writeTextFile(path, "");
  const old = new Date(Date.now() - 61_000);
  await Deno.utime(path, old, old);
  await initRepository(profile);
  assertEquals(hasRepository(profile), true);
});

for (const lock of ["index.lock", "HEAD.lock", "refs/heads/main.lock"]) {
  Deno.test(`commitPaths removes a stale ${lock}, and waits for a fresh one`, async () => {
    const waits: number[] = [];
    let path = "";
    const clock = {
      now: () => new Date(),
      sleep: (ms: number) => {
        waits.push(ms);
        return waits.length === 2 ? Deno.remove(path) : Promise.resolve();
      },
    };
    await using profile = await begun({ clock });
    path = join(profile.paths.dataDir, ".git", lock);
    await profile.write("journal.md", "1");
    await Deno.writeTextFile(path, "");
    await commitPaths(profile, ["journal.md"], "waited", "r");
    assertEquals(waits, [100, 200]);
    for (const [message, ms] of [["old", -61_000], ["from the future", 61_000]] as const) {
      await Deno.writeTextFile(path, "");
      const at = new Date(Date.now() + ms);
      await Deno.utime(path, at, at);
      await profile.write("journal.md", message);
      await commitPaths(profile, ["journal.md"], message, "r");
    }
    assertEquals(waits.length, 2);
    assertEquals(await subjects(profile.paths.dataDir), [
      "from the future",
      "old",
      "waited",
      "First commit",
    ]);
  });
}

Deno.test("initRepository removes the stale config.lock of a git init that was killed", async () => {
  await using profile = await tempProfile();
  const lock = join(profile.paths.dataDir, ".git", "config.lock");
  await profile.write(".git/config.lock", "");
  const old = new Date(Date.now() - 61_000);
  await Deno.utime(lock, old, old);
  await ensureProfile(profile);
  assertEquals(await subjects(profile.paths.dataDir), ["First commit"]);
  assertEquals(await Deno.stat(lock).catch(() => null), null);
});

Deno.test("commitPaths gives up on a lock that somebody keeps, and says what git said", async () => {
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  await using profile = await begun({ clock });
  await profile.write("journal.md", "1");
  await Deno.writeTextFile(join(profile.paths.dataDir, ".git", "index.lock"), "");
  const error = await assertRejects(
    () => commitPaths(profile, ["journal.md"], "m", "r"),
    UserError,
    `git update-index in ${profile.paths.dataDir} failed with status 128: `,
  );
  assert(error.message.includes("index.lock': File exists"), error.message);
});

Deno.test("hasRepository says no without git on PATH, or without a repository of the profile's own", async () => {
  await using profile = await tempProfile();
  await git(profile.root, "init", "-q");
  assertEquals(hasRepository(profile), false);
  await ensureProfile(profile);
  assertEquals(hasRepository(profile), true);
  assertEquals(hasRepository({ ...profile, env: () => undefined }), false);
});

Deno.test("commitEdits has packed the repository when it returns, where git finds that it is time", async () => {
  await using profile = await begun();
  const { dataDir } = profile.paths;
  await git(dataDir, "config", "gc.auto", "1");
  // git guesses how many loose objects there are by those in this directory.
  const guess = join(dataDir, ".git", "objects", "17");
  for (let n = 0; n < 700; n++) await profile.write(`goals/archive/g${n}.md`, `${n}\n`);
  await git(dataDir, "add", "-A");
  assert([...Deno.readDirSync(guess)].length > 1);
  await commitEdits(profile);
  assertEquals(
    [...Deno.readDirSync(join(dataDir, ".git"))].map(({ name }) => name).includes("gc.pid"),
    false,
  );
  assertEquals(await git(dataDir, "count-objects"), "0 objects, 0 kilobytes");
});
