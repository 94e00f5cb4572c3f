import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { tickOnce } from "../../src/loop/run.ts";
import {
  commitRun,
  deferCommit,
  makeDeferredCommits,
  readDeferredCommits,
} from "../../src/profile/commits.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { hasRepository } from "../../src/profile/git.ts";
import { git } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

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

const commit = (run_id: string) => ({ run_id, message: `run ${run_id}`, paths: ["journal.md"] });

Deno.test("commitRun owes what git cannot take now; makeDeferredCommits gives each run its commit, once", async () => {
  await using profile = await locked();
  for (const id of ["a", "b"]) {
    await profile.write("journal.md", id);
    await commitRun(profile, commit(id));
  }
  await commitRun(profile, commit("b"));
  assertEquals((await readDeferredCommits(profile)).map(({ run_id }) => run_id), ["a", "b"]);
  assertEquals(profile.warnings[0].includes("index.lock"), true);
  await makeDeferredCommits(profile);
  assertEquals(await runs(profile), "");
  await Deno.remove(profile.lock);
  await makeDeferredCommits(profile);
  assertEquals(await runs(profile), "run a|a; run b|b");
  assertEquals(await readDeferredCommits(profile), []);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
  // As a crash between the commit and this note would have it.
  await deferCommit(profile, commit("b"));
  await makeDeferredCommits(profile);
  assertEquals(await runs(profile), "run a|a; run b|b");
});

Deno.test("commitRun pays what is owed before its own commit", async () => {
  await using profile = await locked();
  await profile.write("journal.md", "a");
  await commitRun(profile, commit("a"));
  await Deno.remove(profile.lock);
  await profile.write("journal.md", "b");
  await commitRun(profile, commit("b"));
  assertEquals(await runs(profile), "run a|a; run b|b");
});

Deno.test("a tick pays what is owed, though nothing changed", async () => {
  await using profile = await locked();
  const decider = scripted();
  await tickOnce(profile, { decider: decider.decide });
  assertEquals(await runs(profile), "");
  await Deno.remove(profile.lock);
  assertEquals((await tickOnce(profile, { decider: decider.decide })).outcome, "idle");
  assertEquals((await runs(profile)).slice(17, 31), "looked around|");
  assertEquals(await Deno.stat(profile.paths.owedCommits).catch(() => null), null);
});

Deno.test("readDeferredCommits says what to do about a file that is damaged", async () => {
  await using profile = await locked();
  await profile.write(".looop/owed_commits.json", "{");
  await assertRejects(
    () => makeDeferredCommits(profile),
    Error,
    "\nDelete it: what it tells of is committed as edits before the next move.",
  );
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
  assertEquals(await git(profile.paths.dataDir, "log", "--format=%s"), "First memory");
});
