import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import { commitEdits, commitRun } from "../../src/profile/commits.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { hasRepository, tryGit } from "../../src/profile/git.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git, subjects } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { begun } from "./begun.ts";

/** A profile with a repository that no git can commit to, as long as the lock is there. */
async function locked(): Promise<TempProfile & { lock: string }> {
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  const profile = await tempProfile({ clock });
  await ensureProfile(profile);
  const lock = join(profile.paths.dataDir, ".git", "index.lock");
  await Deno.writeTextFile(lock, "");
  return { ...profile, lock };
}

/** Subject and run of each commit of a run, oldest first. */
async function runs({ paths }: TempProfile): Promise<string> {
  const format = "--format=%s|%(trailers:key=Looop-Run,valueonly,separator=%x2C)";
  const log = await git(paths.dataDir, "log", "--reverse", format);
  return log.split("\n").filter((line) => !line.endsWith("|")).join("; ");
}

const commit = (id: string) => [["journal.md"], `run ${id}`, id] as [string[], string, string];

Deno.test("commitRun warns of what git cannot take; a later commit includes it", async () => {
  await using profile = await locked();
  await profile.write("journal.md", "a");
  assertEquals(await commitRun(profile, ...commit("a")), false);
  assertEquals(profile.warnings[0].includes("index.lock"), true);
  await Deno.remove(profile.lock);
  await profile.write("journal.md", "b");
  assertEquals(await commitRun(profile, ...commit("b")), true);
  assertEquals(await commitRun(profile, ...commit("b")), true);
  assertEquals(await runs(profile), "run b|b");
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
});

Deno.test("a tick commits the last move if git could not, though nothing changed", async () => {
  await using profile = await locked();
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(await runs(profile), "");
  await Deno.remove(profile.lock);
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals((await runs(profile)).slice(17, 31), "looked around|");
  assertEquals(await Deno.stat(profile.paths.intent).catch(() => null), null);
});

Deno.test("a move that git cannot commit twice is included in the next commit", async () => {
  await using profile = await locked();
  const decider = scripted({
    action: "write_goal",
    id: "tea",
    body: "---\ngoal: Tea\n---\n",
    journal: "tea",
    more: false,
  }, { action: "noop", reason: "r", journal: "second" });
  await tickOnce(profile, { decider: decider.decide });
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(await Deno.stat(profile.paths.intent).catch(() => null), null);
  await Deno.remove(profile.lock);
  await profile.write("PLAYBOOK.md", "# Other\n");
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "moved");
  assertEquals((await runs(profile)).slice(17, 24), "second|");
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
  const journal = await profile.read("journal.md");
  assertEquals(journal.match(/ tea$/gm)?.length, 1);
});

Deno.test("hasRepository takes what a killed git init left for no repository; ensureProfile mends it", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  await Deno.remove(join(profile.paths.dataDir, ".git", "objects"), { recursive: true });
  assertEquals(hasRepository(profile), false);
  await Deno.remove(join(profile.paths.dataDir, ".git", "refs", "heads", "main"));
  // A git that is killed while it makes a repository has written none yet; one that is there names lost objects.
  await Deno.remove(join(profile.paths.dataDir, ".git", "index"));
  await ensureProfile(profile);
  assertEquals(await git(profile.paths.dataDir, "log", "--format=%s"), "First commit");
});

Deno.test("a git that is killed answers nothing: the move with a removal is committed later, and whole", async () => {
  for (const command of ["ls-files", "update-index", "commit", "rev-list"]) {
    await using profile = await begun();
    const { dataDir } = profile.paths;
    await profile.write("goals/tea.md", "---\ngoal: tea\n---\n");
    await commitEdits(profile);
    await Deno.remove(join(dataDir, "goals/tea.md"));
    const path = Deno.env.get("PATH")!;
    const bin = join(profile.root, "bin");
    await Deno.mkdir(bin);
    const script =
      `#!/bin/bash\nfor word; do [ "$word" = ${command} ] && kill -KILL $$; done\nPATH=${path} exec git "$@"\n`;
    await Deno.writeTextFile(join(bin, "git"), script, { mode: 0o700 });
    const env = (name: string) => name === "PATH" ? `${bin}:${path}` : profile.env(name);
    const killed = {
      ...profile,
      env,
      environment: { ...profile.environment, PATH: `${bin}:${path}` },
    };
    if (command === "rev-list") {
      await assertRejects(() => tryGit(killed, ["rev-list", "HEAD"]), UserError, "status 137");
      continue;
    }
    assertEquals(await commitRun(killed, ["goals/tea.md"], "gone", "r"), false, command);
    assertEquals(await commitRun(profile, ["goals/tea.md"], "gone", "r"), true, command);
    assertEquals(await git(dataDir, "status", "--porcelain"), "", command);
    assertEquals((await subjects(dataDir))[0], "gone", command);
  }
});
