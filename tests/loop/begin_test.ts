import { assert, assertEquals, assertRejects } from "@std/assert";
import { begin, type Plan } from "../../src/loop/move.ts";
import { tryLock } from "../../src/os/lock.ts";
import { ensureProfile } from "../../src/profile/ensure.ts";
import { readIntent } from "../../src/profile/runs.ts";
import type { Ask } from "../../src/schema/ask.ts";
import type { Intent } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { intentOf } from "../log/intent_of.ts";
import { git, subjects } from "../support/git.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const AT = "2026-11-23T09:30:00.000Z";
const RUN: Move = { action: "run", command: "ls", journal: "listed" };
const APPROVAL: Ask = {
  ...{ id: "a1", kind: "approval", question: "Tea?", asked_at: AT, run_id: "r" },
  answer: { text: "yes", at: AT },
  approval: { move: RUN, move_sha256: "m", digests: {}, preview: "", expires_at: AT },
};

async function prepared(): Promise<TempProfile> {
  const clock = { now: () => new Date(AT), sleep: () => Promise.resolve() };
  const profile = await tempProfile({ clock });
  await ensureProfile(profile);
  return profile;
}

/** Whether another process could take the move lock now. */
async function isFree({ paths }: TempProfile): Promise<boolean> {
  using taken = await tryLock(paths.moveLock);
  return taken !== null;
}

function planOf(more: Partial<Intent> = {}): Plan {
  const { journal_bytes: _, ...plan } = intentOf(RUN, more);
  return plan;
}

Deno.test("begin writes the intent under the lock, after edits", async () => {
  await using profile = await prepared();
  await profile.write("journal.md", "- older\n");
  {
    using begun = await begin(profile, planOf({ closes: ["q1", "a1"] }));
    assertEquals(begun?.intent, {
      ...planOf(),
      closes: ["q1", "a1"],
      journal_bytes: "- older\n".length,
    });
    assertEquals(await readIntent(profile), begun?.intent);
    assertEquals((await subjects(profile.paths.dataDir))[0], "Edits since the last move");
    assertEquals(await git(profile.paths.dataDir, "status", "--porcelain"), "");
    assertEquals(await isFree(profile), false);
  }
  assertEquals(await isFree(profile), true);
});

Deno.test("begin completes the move that a crash interrupted first", async () => {
  await using profile = await prepared();
  {
    using _ = await begin(profile, planOf({ move: { ...RUN, journal: "first" } }));
  }
  using begun = await begin(profile, planOf());
  const line = await profile.read("journal.md");
  assert(line.includes("interrupted run, result unknown: first"), line);
  assertEquals(begun?.intent.journal_bytes, line.length);
});

Deno.test("begin finds an approval that was used meanwhile, removes its open file, and begins nothing", async () => {
  await using profile = await prepared();
  await profile.write("asks/a1.json", JSON.stringify(APPROVAL));
  await profile.write("asks/closed/a1.json", JSON.stringify({ ...APPROVAL, closed_by: "other" }));
  assertEquals(await begin(profile, planOf({ by: "approval", source: "a1" })), null);
  assertEquals(await Deno.stat(`${profile.paths.asks}/a1.json`).catch(() => null), null);
  assertEquals(JSON.parse(await profile.read("asks/closed/a1.json")).closed_by, "other");
  assertEquals([await readIntent(profile), await isFree(profile)], [null, true]);
});

Deno.test("begin takes an approval that is still open, and a source that only looks like a used one", async () => {
  await using profile = await prepared();
  await profile.write("asks/a1.json", JSON.stringify(APPROVAL));
  {
    using begun = await begin(profile, planOf({ by: "approval", source: "a1" }));
    assertEquals(begun?.intent.source, "a1");
  }
  await Deno.remove(profile.paths.intent);
  await profile.write("asks/closed/a1.json", JSON.stringify({ ...APPROVAL, closed_by: "other" }));
  using begun = await begin(profile, planOf({ by: "runner", source: "a1" }));
  assertEquals(begun?.intent.by, "runner");
});

Deno.test("begin releases the lock when it fails, and stops waiting for it at its signal", async () => {
  await using profile = await prepared();
  await Deno.mkdir(profile.paths.journal);
  await Deno.writeTextFile(profile.paths.intent, "{");
  await assertRejects(() => begin(profile, planOf()));
  assertEquals(await isFree(profile), true);
  using _ = await tryLock(profile.paths.moveLock);
  const error = await assertRejects(() =>
    begin(profile, planOf(), AbortSignal.abort(new Error("enough")))
  );
  assertEquals((error as Error).message, "enough");
});
