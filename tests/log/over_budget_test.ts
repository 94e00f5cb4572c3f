import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { findAsk, listAsks } from "../../src/inbox/asks.ts";
import { runGoal, tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import type { TickResult } from "../../src/schema/tick_result.ts";
import { type BudgetProfile, budgetProfile, COST, spent } from "../support/budget_profile.ts";
import { git, subjects } from "../support/git.ts";
import { scripted } from "../support/scripted_decider.ts";

const WHY = "$1.00 of $1.00 is spent today (budget.usd_per_day)";

/** A tick that is held, for sure. */
async function held(profile: BudgetProfile): Promise<TickResult & { outcome: "held" }> {
  const result = await tickOnce(profile);
  assert(result.outcome === "held", JSON.stringify(result));
  return result;
}

/** A profile whose dollars of today one decision has used up, and in which something has changed since. */
async function usedUp(): Promise<BudgetProfile> {
  const profile = await budgetProfile({ usd_per_day: 1 });
  await profile.write("cost.jsonl", spent(1 - COST / 2));
  assertEquals((await tickOnce(profile)).outcome, "moved");
  await profile.change();
  return profile;
}

/** All files but those that tell of each tick, with their content. */
async function snapshot({ paths }: BudgetProfile): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const walk = async (dir: string) => {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      const path = `${dir}/${name}`;
      if (isDirectory) await walk(path);
      else if (path !== paths.lastTick) files[path] = String((await Deno.stat(path)).ino);
    }
  };
  await walk(paths.dataDir);
  return files;
}

Deno.test("a held tick asks no runner, and reports it once: in journal, ask, git and events", async () => {
  await using profile = await usedUp();
  const result = await held(profile);
  assertEquals([result.why, await profile.calls()], [WHY, 1]);
  const id = result.ask_id ?? "";
  const { baseline } = await readState(profile);
  // What changed is decided once the hold ends.
  assertEquals(baseline?.playbook.was, "# Playbook\n");
  const journal = (await profile.read("journal.md")).trimEnd().split("\n");
  assertEquals(journal.at(-1), `- 2026-11-23 09:00 over budget: ${WHY} (ask ${id})`);
  const { asks: [ask, ...rest] } = await listAsks(profile);
  assertEquals([ask.question, ask.options, ask.hold, rest], [
    `Over budget: ${WHY}. Lift the budget for today?`,
    ["lift it for today", "keep it"],
    { budget: "usd_per_day", day: "2026-11-23" },
    [],
  ]);
  assertEquals((await subjects(profile.paths.dataDir))[0], journal.at(-1)?.slice(2));
  assertEquals(
    (await git(profile.paths.dataDir, "show", "--format=", "--name-only")).split("\n"),
    [`asks/${id}.json`, "journal.md"],
  );
  const events = (await profile.read("events.jsonl")).trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  assertEquals(
    events.filter(({ event }) => event === "held").map(({ budget, ask }) => [budget, ask]),
    [
      ["usd_per_day", id],
    ],
  );
});

Deno.test("later held ticks write nothing at all, nor does a dry run that is held first", async () => {
  await using profile = await usedUp();
  const before = await snapshot(profile);
  const dry = await tickOnce(profile, { dryRun: true });
  assertEquals(dry, {
    outcome: "held",
    hash: dry.outcome === "held" ? dry.hash : "",
    why: WHY,
    ask_id: null,
  });
  assertEquals(await snapshot(profile), before);
  const first = await held(profile);
  const told = await snapshot(profile);
  profile.at("09:01");
  assertEquals(await held(profile), first);
  assertEquals(await snapshot(profile), told);
});

Deno.test("approved moves, goals' rules and a decider in code go on while a budget holds", async () => {
  await using profile = await usedUp();
  await held(profile);
  await profile.write(
    "goals/tea.md",
    `---\ngoal: Tea\nrules:\n  - name: now\n    when: "true"\n    do: {action: ask, question: "Tea?"}\n---\n`,
  );
  const ruled = await tickOnce(profile);
  assert(ruled.outcome === "moved");
  assertEquals(ruled.decision.by, "rule");
  const touch = { action: "run", command: "touch made; :", journal: "made", more: false } as const;
  const asked = await tickOnce(profile, { decider: scripted(touch).decide });
  assert(asked.outcome === "moved");
  await answerAsk(profile, asked.result.ask_id ?? "", "yes");
  const approved = await tickOnce(profile);
  assert(approved.outcome === "moved");
  assertEquals([approved.decision.by, approved.result.status, await profile.calls()], [
    "approval",
    "made",
    1,
  ]);
});

Deno.test("a move that a person asks for is held with the same words", async () => {
  await using profile = await usedUp();
  await profile.write("goals/tea.md", "---\ngoal: Tea\n---\n");
  const forced = await runGoal(profile, "tea");
  const { why, ask_id } = await held(profile);
  assert(forced.outcome === "held");
  assertEquals([forced.why, forced.ask_id, await profile.calls()], [why, ask_id, 1]);
});

Deno.test("lifting a hold goes on for the rest of that day, and is no news to the decider", async () => {
  await using profile = await usedUp();
  await profile.write("stream.sh", "cat > seen; cat stream.jsonl");
  profile.config.runners.mine.tick = "sh stream.sh";
  const { ask_id, hash } = await held(profile);
  await answerAsk(profile, ask_id ?? "", "lift it for today");
  const moved = await tickOnce(profile);
  assert(moved.outcome === "moved");
  // Neither is the ask part of the world.
  assertEquals(moved.hash, hash);
  assertStringIncludes(await profile.read("seen"), "# ASKS\n\nNone.");
  assertEquals((await findAsk(profile, ask_id ?? ""))?.closed_by, "lifted");
  assert((await subjects(profile.paths.dataDir)).includes("Budget usd_per_day: lifted"));
  await profile.change();
  profile.at("23:59");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  // The next day has dollars of its own, and the lifting is over.
  profile.at("00:00", 1);
  await profile.change();
  assertEquals((await tickOnce(profile)).outcome, "moved");
});

Deno.test("a hold that a person keeps is not asked about again that day", async () => {
  await using profile = await usedUp();
  const { ask_id, why } = await held(profile);
  await answerAsk(profile, ask_id ?? "", "keep it");
  const kept = await held(profile);
  assertEquals([kept.why, kept.ask_id], [why, null]);
  assertEquals((await findAsk(profile, ask_id ?? ""))?.closed_by, "kept");
  profile.at("23:59");
  assertEquals((await held(profile)).ask_id, null);
  assertEquals((await listAsks(profile)).asks, []);
  assertEquals((await profile.read("journal.md")).match(/ over budget: /g)?.length, 1);
  profile.at("00:00", 1);
  assertEquals((await tickOnce(profile)).outcome, "moved");
});

Deno.test("a day that is over ends its hold, and withdraws its ask", async () => {
  await using profile = await usedUp();
  const { ask_id } = await held(profile);
  profile.at("00:00", 1);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals((await findAsk(profile, ask_id ?? ""))?.closed_by, "over");
});

Deno.test("a raised budget ends its hold; used up again, it asks again", async () => {
  await using profile = await usedUp();
  const { ask_id } = await held(profile);
  profile.setBudget({ usd_per_day: 1 + COST });
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals((await findAsk(profile, ask_id ?? ""))?.closed_by, "released");
  await profile.change();
  const again = await held(profile);
  assert(again.ask_id !== null && again.ask_id !== ask_id);
});
