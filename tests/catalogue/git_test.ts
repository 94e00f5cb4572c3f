import { assert, assertEquals } from "@std/assert";
import { git } from "../support/git.ts";
import type { TempProfile } from "../support/temp_profile.ts";
import { catalogueProfile, readingOf, resultOf, signalOf } from "./catalogue_profile.ts";

/** A repository at `~/NAME` with one commit on main. */
async function repository({ root }: TempProfile, name: string): Promise<string> {
  const dir = `${root}/home/${name}`;
  await Deno.mkdir(dir, { recursive: true });
  await git(dir, "init", "-q", "-b", "main");
  await Deno.writeTextFile(`${dir}/a.txt`, "a\n");
  await git(dir, "add", "a.txt");
  await git(dir, "commit", "-qm", "first");
  return dir;
}

/** A commit with a date of its own. */
async function commit(dir: string, message: string, date?: string): Promise<void> {
  const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const dated = Object.entries(env).flatMap(([key, value]) => value ? [`${key}=${value}`] : []);
  const { code } = await new Deno.Command("env", {
    args: [
      ...dated,
      ...["git", "-c", "user.name=t", "-c", "user.email=t@localhost"],
      ...["commit", "-q", "--allow-empty", "-m", message],
    ],
    cwd: dir,
  }).output();
  assertEquals(code, 0);
}

/** What the sensor says of `~/NAME`. */
async function stateOf(profile: TempProfile, name: string): Promise<unknown> {
  const signal = await signalOf(profile) as Record<string, unknown>;
  return signal[`~/${name}`] ?? signal;
}

Deno.test("git tells clean, ahead, behind, dirty, untracked, conflict and a branch's upstream", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r"]);
  const dir = await repository(profile, "r");
  const is = async (...state: string[]) =>
    assertEquals(await stateOf(profile, "r"), { state, stale: [] });
  await is("no-upstream");
  await git(profile.root, "clone", "-q", "--bare", dir, "origin.git");
  await git(dir, "remote", "add", "origin", `${profile.root}/origin.git`);
  await git(dir, "fetch", "-q");
  await git(dir, "branch", "-q", "--set-upstream-to=origin/main");
  await is();
  await commit(dir, "second");
  await is("ahead");
  assertEquals(await resultOf(profile), {
    signal: { "~/r": { state: ["ahead"], stale: [] } },
    detail: { "~/r": { branch: "main", ahead: 1 } },
  });
  await git(dir, "push", "-q");
  await git(dir, "reset", "-q", "--hard", "HEAD~1");
  await is("behind");
  await commit(dir, "other");
  await Deno.writeTextFile(`${dir}/a.txt`, "b\n");
  await is("ahead", "behind", "dirty");
  await Deno.writeTextFile(`${dir}/new`, "");
  await is("ahead", "behind", "dirty", "untracked");
  await git(dir, "checkout", "-q", "--detach");
  await is("detached", "dirty", "untracked");
  await git(dir, "checkout", "-q", "main");
  await git(dir, "update-ref", "-d", "refs/remotes/origin/main");
  await is("upstream-gone", "dirty", "untracked");
  await git(dir, "commit", "-qam", "b");
  await git(dir, "checkout", "-q", "-b", "side", "HEAD~1");
  await Deno.writeTextFile(`${dir}/a.txt`, "c\n");
  await git(dir, "commit", "-qam", "c");
  await git(dir, "merge", "-q", "main").catch(() => "it conflicts");
  await is("no-upstream", "conflict", "untracked");
});

Deno.test("git tells a missing directory, none of git's, an empty and a bare repository apart", async () => {
  const names = ["none", "plain", "empty", "bare.git", "broken", "inside/plain"];
  const set = names.map((name) => `repositories=~/${name}`);
  await using profile = await catalogueProfile("git", [...set, `repositories=/nowhere/at all`]);
  const home = `${profile.root}/home`;
  // What is around a directory is not what was asked for.
  await repository(profile, "inside");
  for (const name of ["plain", "empty", "broken/.git", "inside/plain"]) {
    await Deno.mkdir(`${home}/${name}`, { recursive: true });
  }
  await git(`${home}/empty`, "init", "-q");
  await git(home, "clone", "-q", "--bare", "inside", "bare.git");
  await git(home, "-C", "bare.git", "branch", "other");
  const reading = await readingOf(profile);
  assertEquals(reading.trusted, true);
  assertEquals(reading.result.ok && reading.result.value.signal, {
    "~/none": { state: ["missing"], stale: [] },
    "~/plain": { state: ["no-repository"], stale: [] },
    "~/empty": { state: ["empty", "no-upstream"], stale: [] },
    "~/bare.git": { state: ["bare"], stale: [] },
    "~/broken": { state: ["unreadable"], stale: [] },
    "~/inside/plain": { state: ["no-repository"], stale: [] },
    "/nowhere/at all": { state: ["missing"], stale: [] },
  });
});

Deno.test("git tells branches without a commit for long, merged or not, but for the one that is out", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r", "stale_days=10"]);
  const dir = await repository(profile, "r");
  const long = "2020-01-01T00:00:00Z";
  await git(dir, "checkout", "-q", "-b", 'old"ä', "main");
  await commit(dir, "old", long);
  await git(dir, "checkout", "-q", "--orphan", "root");
  await commit(dir, "root", long);
  await git(dir, "branch", "merged");
  await git(dir, "checkout", "-q", "-b", "out");
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  await git(dir, "checkout", "-q", "-b", "young", "root");
  await commit(dir, "young", ago(9));
  await git(dir, "checkout", "-q", "-b", "old", "root");
  await commit(dir, "older", ago(11));
  await git(dir, "checkout", "-q", "out");
  assertEquals(await resultOf(profile), {
    signal: {
      "~/r": { state: ["no-upstream", "stale"], stale: ["merged", "old", 'old"ä', "root"] },
    },
    detail: { "~/r": { branch: "out", stale: 4, stale_merged: ["merged", "root"] } },
  });
});

Deno.test("git runs nothing that a repository's config names, and writes nothing into it", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r"]);
  const dir = await repository(profile, "r");
  const canary = `${profile.root}/canary`;
  const program = `${profile.root}/program`;
  const quoted = `'${program}'`;
  await Deno.writeTextFile(program, `#!/bin/sh\necho "$0 $*" >> '${canary}'\ncat\n`, {
    mode: 0o700,
  });
  await git(dir, "config", "core.fsmonitor", quoted);
  await git(dir, "config", "core.hooksPath", `${profile.root}/hooks`);
  await Deno.mkdir(`${profile.root}/hooks`);
  for (const hook of ["post-index-change", "fsmonitor-watchman", "reference-transaction"]) {
    await Deno.copyFile(program, `${profile.root}/hooks/${hook}`);
  }
  await Deno.writeTextFile(`${dir}/.git/info/attributes`, "* filter=odd=.x\n*.txt filter=p\n");
  await Deno.writeTextFile(
    `${dir}/.git/config.more`,
    `[filter "odd=.x"]\nclean = ${quoted}\nrequired\n[filter "p"]\nprocess = ${quoted}\n`,
  );
  await git(dir, "config", "include.path", "config.more");
  await git(dir, "config", "core.pager", quoted);
  await git(dir, "config", "core.sshCommand", quoted);
  await Deno.writeTextFile(`${dir}/odd`, "x\n");
  await Deno.writeTextFile(`${dir}/a.txt`, "A\n");
  const index = await Deno.readFile(`${dir}/.git/index`);
  assertEquals(await stateOf(profile, "r"), {
    state: ["no-upstream", "dirty", "untracked"],
    stale: [],
  });
  assertEquals(await Deno.stat(canary).catch(() => "nothing ran"), "nothing ran");
  assertEquals(await Deno.readFile(`${dir}/.git/index`), index);
  // They do run when they may: else this test would prove nothing.
  await git(dir, "status", "--porcelain").catch(() => "the filter failed");
  assert((await Deno.readTextFile(canary)).includes(program));
});

Deno.test("git fetches nothing that a partial clone lacks, whatever protocol its config allows", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r"]);
  const dir = await repository(profile, "r");
  const tree = await git(dir, "rev-parse", "HEAD^{tree}");
  await Deno.remove(`${dir}/.git/objects/${tree.slice(0, 2)}/${tree.slice(2)}`);
  await Deno.mkdir(`${dir}/git-remote-x`);
  const helper = `#!/bin/sh\necho x >>'${profile.root}/canary'\n`;
  await Deno.writeTextFile(`${dir}/git-remote-x/y`, helper, { mode: 0o700 });
  const config = `[core]\nrepositoryFormatVersion = 1\n[extensions]\npartialClone = origin\n` +
    `[remote "origin"]\nurl = nowhere\npromisor = true\nvcs = x/y\n[protocol "x/y"]\nallow = always\n`;
  await Deno.writeTextFile(`${dir}/.git/config`, config, { append: true });
  assertEquals(await stateOf(profile, "r"), {
    state: ["no-upstream", "unreadable", "untracked"],
    stale: [],
  });
  const canary = () => Deno.readTextFile(`${profile.root}/canary`).catch(() => "nothing ran");
  assertEquals(await canary(), "nothing ran");
  await git(dir, "status").catch(() => "it fetched nothing");
  assertEquals((await canary()).slice(0, 2), "x\n");
});

Deno.test("git keeps to its time where a tree of unknown files has no end, and says so", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r"]);
  const dir = await repository(profile, "r");
  const text = await profile.read("sensors/s.sh");
  await profile.write("sensors/s.sh", text.replace(/^LIMIT_S=.*$/m, "LIMIT_S=5"));
  // Git, slowed where it lists unknown files.
  const slow = `#!/bin/sh\ncase " $* " in *' --others '*) exec sleep 600 ;; esac\n` +
    `PATH=\${PATH#*:} exec git "$@"\n`;
  await Deno.mkdir(`${profile.root}/bin`);
  await Deno.writeTextFile(`${profile.root}/bin/git`, slow, { mode: 0o700 });
  const path = `${profile.root}/bin:${profile.env("PATH")}`;
  await Deno.writeTextFile(`${dir}/new`, "");
  const slowed = { ...profile, environment: { ...profile.environment, PATH: path } };
  assertEquals(await stateOf(slowed, "r"), { state: ["no-upstream", "slow"], stale: [] });
  await profile.write("sensors/s.sh", text.replace("UNTRACKED='yes'", "UNTRACKED='no'"));
  assertEquals(await stateOf(slowed, "r"), { state: ["no-upstream"], stale: [] });
});

Deno.test("git stays below the cap, and leaves names of branches out before states", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `${i}${"ü".repeat(80)}`);
  await using profile = await catalogueProfile("git", [
    ...names.map((name) => `repositories=~/${name}`),
    "untracked=no",
  ]);
  for (const name of names) {
    const dir = `${profile.root}/home/${name}`;
    await Deno.mkdir(dir);
    await git(dir, "init", "-q", "-b", "main");
    await commit(dir, "old", "2020-01-01T00:00:00Z");
    const tip = await git(dir, "rev-parse", "HEAD");
    const refs = Array.from({ length: 9 }, (_, i) => `${tip} refs/heads/${"ä".repeat(90)}${i}\n`);
    await Deno.writeTextFile(
      `${dir}/.git/packed-refs`,
      `# pack-refs with: peeled fully-peeled sorted \n${refs.join("")}`,
    );
  }
  const { result, bytes } = await readingOf(profile);
  assert(result.ok && bytes > 4000 && bytes <= 8192, JSON.stringify(result));
  assertEquals(
    result.value,
    {
      signal: Object.fromEntries(
        names.map((
          name,
        ) => [`~/${name}`, { state: ["no-upstream", "stale"], stale: ["too many to name"] }]),
      ),
    },
  );
});

Deno.test("git fetches with fetch=yes alone, at most every few minutes, and runs nothing that the repository names", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r", "fetch=yes"]);
  const dir = await repository(profile, "r");
  await git(profile.root, "clone", "-q", "--bare", dir, "origin.git");
  await git(dir, "remote", "add", "origin", `${profile.root}/origin.git`);
  await git(dir, "fetch", "-q");
  await git(dir, "branch", "-q", "--set-upstream-to=origin/main");
  const other = `${profile.root}/other`;
  await git(profile.root, "clone", "-q", "origin.git", "other");
  await commit(other, "of somebody else");
  await git(other, "push", "-q");
  const is = async (...state: string[]) =>
    assertEquals(await stateOf(profile, "r"), { state, stale: [] });
  // The user has just fetched.
  await is();
  const fetched = `${dir}/.git/FETCH_HEAD`;
  const later = () => Deno.utime(fetched, new Date("2026-01-01"), new Date("2026-01-01"));
  await later();
  const marks = ["sshCommand", "hooksPath", "askPass", "alternateRefsCommand"]
    .map((key) => `core.${key}`);
  await Deno.writeTextFile(`${dir}/.git/objects/info/alternates`, `${other}/.git/objects\n`);
  for (const key of [...marks, "credential.helper", "remote.origin.uploadpack"]) {
    await git(dir, "config", key, `touch '${profile.root}/ran-${key}';:`);
  }
  await is("behind");
  for (const { name } of Deno.readDirSync(profile.root)) assert(!name.startsWith("ran-"), name);
  await commit(other, "more");
  await git(other, "push", "-q");
  await git(dir, "config", "remote.origin.uploadpack", "git-upload-pack");
  await git(dir, "-c", "core.hooksPath=/dev/null", "fetch", "-q");
  assert((await Deno.readTextFile(`${profile.root}/ran-core.alternateRefsCommand`)) === "");

  await later();
  await Deno.rename(`${profile.root}/origin.git`, `${profile.root}/gone.git`);
  await is("fetch-failed", "behind");
});

Deno.test("git without fetch does not see what others have pushed", async () => {
  await using profile = await catalogueProfile("git", ["repositories=~/r"]);
  const dir = await repository(profile, "r");
  await git(profile.root, "clone", "-q", "--bare", dir, "origin.git");
  await git(dir, "remote", "add", "origin", `${profile.root}/origin.git`);
  await git(dir, "fetch", "-q");
  await git(dir, "branch", "-q", "--set-upstream-to=origin/main");
  await git(profile.root, "clone", "-q", "origin.git", "other");
  await commit(`${profile.root}/other`, "of somebody else");
  await git(`${profile.root}/other`, "push", "-q");
  await Deno.utime(`${dir}/.git/FETCH_HEAD`, new Date("2026-01-01"), new Date("2026-01-01"));
  assertEquals(await stateOf(profile, "r"), { state: [], stale: [] });
});
