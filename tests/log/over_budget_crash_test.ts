import { assert, assertEquals } from "@std/assert";
import { recordOverBudget } from "../../src/log/over_budget.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { type BudgetProfile, budgetProfile, spent } from "../support/budget_profile.ts";
import { git, subjects } from "../support/git.ts";

const OVER = {
  budget: "usd_per_day",
  why: "$1.00 of $1.00 is spent today (budget.usd_per_day)",
} as const;
const RUN = "20261123t090000-deadbeef";

/** What recording a used-up budget leaves, in the order in which it is written. */
const WRITES = ["journal.md", "ask", "commit"] as const;

/** A profile in which looop was killed after the first so many of {@linkcode WRITES}. */
async function cutOff(done: number, journal?: (whole: string) => string): Promise<BudgetProfile> {
  const profile = await budgetProfile({ usd_per_day: 1 });
  await profile.write("cost.jsonl", spent(1));
  await profile.write("journal.md", "- 2026-11-23 08:00 looked\n");
  const { paths } = profile;
  const { dataDir } = paths;
  await tickOnce(profile, { decider: () => ({ action: "noop", reason: "r", journal: "began" }) });
  await profile.change();
  const before = await profile.read("journal.md");
  const { id } = await recordOverBudget(profile, OVER, RUN);
  const undone: readonly string[] = WRITES.slice(done);
  if (undone.includes("commit")) await git(dataDir, "reset", "-q", "--soft", "HEAD~1");
  if (undone.includes("ask")) await Deno.remove(`${paths.asks}/${id}.json`);
  const line = (await profile.read("journal.md")).slice(before.length);
  if (undone.includes("journal.md")) await profile.write("journal.md", before);
  if (journal) await profile.write("journal.md", before + journal(line));
  return profile;
}

/** All that has to be left in the end, once. */
async function agrees(profile: BudgetProfile, torn: string[] = []): Promise<void> {
  const { paths } = profile;
  const result = await tickOnce(profile);
  assert(result.outcome === "held", JSON.stringify(result));
  const { held } = (await readStatus(profile)).budget;
  assertEquals([held?.why, held?.ask], [OVER.why, result.ask_id]);
  const journal = (await profile.read("journal.md")).trimEnd().split("\n").slice(2);
  assertEquals(journal, [
    ...torn,
    `- 2026-11-23 09:00 over budget: ${OVER.why} (ask ${result.ask_id})`,
  ]);
  const asks = [...Deno.readDirSync(paths.asks)].filter(({ isFile }) => isFile);
  assertEquals(asks.map(({ name }) => name), [`${result.ask_id}.json`]);
  const commits = await subjects(paths.dataDir);
  assertEquals(commits.filter((subject) => subject.includes("over budget:")).length, 1);
  assertEquals(
    await git(paths.dataDir, "status", "--porcelain", "asks", "journal.md", "state.json"),
    "",
  );
}

for (const [done, after] of ["nothing", ...WRITES].entries()) {
  Deno.test(`recordOverBudget that was cut off after ${after} is finished by the next tick, and nothing doubles`, async () => {
    await using profile = await cutOff(done);
    await agrees(profile);
  });
}

Deno.test("recordOverBudget that was cut off within its journal line writes the whole line", async () => {
  await using profile = await cutOff(0, (line) => line.slice(0, 20));
  await agrees(profile, ["- 2026-11-23 09:00 o"]);
});

Deno.test("an over budget ask without its commit is closed and committed once the budget is raised", async () => {
  await using profile = await cutOff(2);
  profile.setBudget({ usd_per_day: 9 });
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals([...Deno.readDirSync(profile.paths.asks)].filter(({ isFile }) => isFile), []);
  assertEquals(await git(profile.paths.dataDir, "status", "--porcelain", "asks", "journal.md"), "");
});
