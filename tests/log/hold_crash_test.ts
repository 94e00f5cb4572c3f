import { assert, assertEquals } from "@std/assert";
import { recordBudgetHold } from "../../src/log/hold.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import type { HoldNote } from "../../src/schema/state.ts";
import { type BudgetProfile, budgetProfile, spent } from "../support/budget_profile.ts";
import { git, subjects } from "../support/git.ts";

const OVER = { budget: "usd_per_day", why: "$1.00 of $1.00 is spent" } as const;
const RUN = "20261123t090000-deadbeef";

/** What recording a hold leaves, in the order in which it is written. */
const WRITES = ["journal.md", "state.json", "ask", "commit"] as const;

/** A profile in which looop was killed after the first so many of {@linkcode WRITES}. */
async function cutOff(done: number, journal?: (whole: string) => string): Promise<BudgetProfile> {
  const profile = await budgetProfile({ usd_per_day: 1 });
  await profile.write("cost.jsonl", spent(1));
  await profile.write("journal.md", "- 2026-11-23 08:00 looked\n");
  const { paths } = profile;
  const { dataDir } = paths;
  await tickOnce(profile, { decider: () => ({ action: "noop", reason: "r", journal: "began" }) });
  await profile.change();
  const state = await profile.read("state.json");
  const before = await profile.read("journal.md");
  const hold = await recordBudgetHold(profile, OVER, RUN);
  const note: HoldNote = {
    ...{ run_id: RUN, at: profile.clock.now().toISOString(), hold, asks: true, journals: true },
    journal_bytes: new TextEncoder().encode(before).length,
  };
  await Deno.writeTextFile(paths.holdNote, JSON.stringify(note));
  const undone: readonly string[] = WRITES.slice(done);
  if (undone.includes("commit")) await git(dataDir, "reset", "-q", "--soft", "HEAD~1");
  if (undone.includes("ask")) await Deno.remove(`${paths.asks}/${hold.ask_id}.json`);
  if (undone.includes("state.json")) await profile.write("state.json", state);
  const line = (await profile.read("journal.md")).slice(before.length);
  if (undone.includes("journal.md")) await profile.write("journal.md", before);
  if (journal) await profile.write("journal.md", before + journal(line));
  return profile;
}

/** All that a hold has to leave, once. */
async function agrees(profile: BudgetProfile): Promise<void> {
  const { paths } = profile;
  const result = await tickOnce(profile);
  assert(result.outcome === "held", JSON.stringify(result));
  const { hold } = await readState(profile);
  assertEquals([hold?.why, hold?.ask_id], [OVER.why, result.ask_id]);
  const journal = (await profile.read("journal.md")).trimEnd().split("\n").slice(2);
  assertEquals(journal, [`- 2026-11-23 09:00 held: ${OVER.why} (ask ${result.ask_id})`]);
  const asks = [...Deno.readDirSync(paths.asks)].filter(({ isFile }) => isFile);
  assertEquals(asks.map(({ name }) => name), [`${result.ask_id}.json`]);
  const commits = await subjects(paths.dataDir);
  assertEquals(commits.filter((subject) => subject.includes("held:")).length, 1);
  assertEquals(
    await git(paths.dataDir, "status", "--porcelain", "asks", "journal.md", "state.json"),
    "",
  );
  assertEquals(await Deno.stat(paths.holdNote).catch(() => null), null);
}

for (const [done, after] of ["nothing", ...WRITES].entries()) {
  Deno.test(`a hold that was cut off after ${after} is finished, and nothing doubles`, async () => {
    await using profile = await cutOff(done);
    await agrees(profile);
  });
}

for (const [what, length] of [["a torn", 20], ["no", 0]] as const) {
  Deno.test(`a hold that was cut off with ${what} journal line has one`, async () => {
    await using profile = await cutOff(0, (line) => line.slice(0, length));
    await agrees(profile);
  });
}

Deno.test("a hold that was cut off is finished though its budget was raised meanwhile", async () => {
  await using profile = await cutOff(1);
  profile.setBudget({ usd_per_day: 9 });
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals((await readState(profile)).hold, null);
  assertEquals([...Deno.readDirSync(profile.paths.asks)].filter(({ isFile }) => isFile), []);
});
