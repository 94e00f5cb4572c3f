import { assertEquals, assertRejects } from "@std/assert";
import { commitUserEdits, lockMoves } from "../../src/log/recover.ts";
import { tryLock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readIntent, writeIntent } from "../../src/profile/runs.ts";
import { UserError } from "../../src/schema/errors.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";
import { intentOf } from "./intent_of.ts";

/** Whether another process could take the move lock now. */
async function isFree({ paths }: TempProfile): Promise<boolean> {
  using taken = await tryLock(paths.moveLock);
  return taken !== null;
}

Deno.test("lockMoves completes an interrupted move, and has the lock until it is released", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  await writeIntent(profile, intentOf());
  const held = await within("the move lock", lockMoves(profile));
  assertEquals(await readIntent(profile), null);
  assertEquals((await profile.read("journal.md")).replace(/^- \S+ \S+/, ""), " looked around\n");
  assertEquals(await isFree(profile), false);
  held.release();
  assertEquals(await isFree(profile), true);
});

Deno.test("lockMoves releases the lock when it cannot complete the interrupted move", async () => {
  await using profile = await tempProfile();
  await Deno.writeTextFile(profile.paths.intent, "{");
  await assertRejects(() => lockMoves(profile), UserError, "is not valid JSON");
  assertEquals(await isFree(profile), true);
});

Deno.test("lockMoves gives up a lock that another has when its signal fires", async () => {
  await using profile = await tempProfile();
  using _ = await tryLock(profile.paths.moveLock);
  const stop = new AbortController();
  const waiting = lockMoves(profile, stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => within("the abort", waiting), Error, "enough");
});

Deno.test("commitUserEdits commits edits alone, not what a move is about to commit", async () => {
  await using profile = await tempProfile();
  await ensureProfile(profile);
  const { dataDir } = profile.paths;
  for (const path of ["goals/tea.md", "state.json", "cost.jsonl"]) await profile.write(path, "x");
  await commitUserEdits(profile);
  assertEquals(
    await git(dataDir, "show", "--format=%s", "--name-only", "HEAD"),
    "Edits since the last move\n\ngoals/tea.md",
  );
  await profile.write("goals/tea.md", "y");
  await commitUserEdits(profile, "Edited");
  assertEquals((await subjects(dataDir))[0], "Edited");
  assertEquals(profile.warnings, []);
});

Deno.test("commitUserEdits leaves out a secret answer that a worker still has to receive", async () => {
  await using profile = await tempProfile({ env: { DEPLOY_TOKEN: "hunter2-hunter2" } });
  await ensureProfile(profile);
  const ask = {
    ...{ id: "wa1b2c", kind: "question", question: "Token?", asked_at: "t", run_id: "r" },
    ...{ worker: "fix", answer: { text: "hunter2-hunter2", at: "2026-11-23T09:30:00.000Z" } },
  };
  await profile.write("asks/wa1b2c.json", JSON.stringify(ask));
  await profile.write("goals/tea.md", "x");
  await commitUserEdits(profile);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "?? asks/");
});

Deno.test("commitUserEdits warns when git fails, and does nothing without a repository", async () => {
  await using profile = await tempProfile();
  await profile.write("goals/tea.md", "x");
  await commitUserEdits(profile);
  assertEquals(profile.warnings, []);
  await ensureProfile(profile);
  await profile.write("goals/tea.md", "y");
  await profile.write(".git/HEAD", "broken");
  await commitUserEdits(profile);
  assertEquals(profile.warnings.length, 1);
});
