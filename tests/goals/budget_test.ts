import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { closeAsk, listAsks } from "../../src/inbox/asks.ts";
import { runGoal, tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { sumSpend } from "../../src/budget/ledger.ts";
import { renderCost } from "../../src/cli/commands/cost.ts";
import { type BudgetProfile, budgetProfile, spent } from "../support/budget_profile.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { lastLine } from "./measured.ts";

const GOAL = "---\ngoal: Drink tea\nbudget_usd: 1\n---\n";
const OTHER = "---\ngoal: Bake bread\n---\n";

/** A profile with a goal `tea` that may cost $1, and this ledger. */
async function limited(ledger: string, others: Record<string, string> = {}) {
  const profile = await budgetProfile({});
  for (const [id, text] of Object.entries({ tea: GOAL, ...others })) {
    await profile.write(`goals/${id}.md`, text);
  }
  await profile.write("cost.jsonl", ledger);
  return profile;
}

const tea = (usd: number | null) => spent(usd, "08:00", { goal: "tea" });

async function openAsk(profile: BudgetProfile) {
  const open = (await listAsks(profile)).asks.filter(({ answer }) => !answer);
  assertEquals(open.length, 1);
  return open[0];
}

Deno.test("a goal over its budget is not decided for until the user lifts it", async () => {
  await using profile = await limited(tea(0.4) + tea(0.6) + spent(5));
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  const why = "goal tea: $1.00 of $1.00 is spent (its budget_usd)";
  assertEquals(held.why, why);
  assertEquals(await profile.calls(), 0);
  const ask = await openAsk(profile);
  assertEquals(held.ask_id, ask.id);
  assertEquals(ask.question, `Over budget: ${why}. Lift it, for another $1.00?`);
  assertEquals(ask.options, ["lift it", "keep it"]);
  assertMatch(await lastLine(profile), /over budget: goal tea: .*\(ask [0-9a-f]{6}\)$/);
  assertEquals((await tickOnce(profile)).outcome, "held");
  const { attention } = await readStatus(profile);
  assert(
    attention.some((line) =>
      line.startsWith(`looop answer ${ask.id}: looop asks: Over budget: ${why}`)
    ),
  );
  await answerAsk(profile, ask.id, "lift it");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 1);
});

Deno.test("a lifted budget can be used up again, and a kept one ends with an edit", async () => {
  await using profile = await limited("");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  await profile.write("cost.jsonl", tea(1.5));
  await profile.change();
  assertEquals((await tickOnce(profile)).outcome, "held");
  const first = await openAsk(profile);
  await answerAsk(profile, first.id, "lift it");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 2);
  await profile.write("cost.jsonl", tea(2));
  await profile.change();
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  assertEquals(held.why, "goal tea: $2.00 of $2.00 is spent (its budget_usd)");
  const second = await openAsk(profile);
  await answerAsk(profile, second.id, "keep it");
  for (let i = 0; i < 2; i++) {
    const kept = await tickOnce(profile);
    assert(kept.outcome === "held");
    assertEquals(kept.ask_id, null);
  }
  await profile.write("goals/tea.md", GOAL.replace("1", "2.5"));
  assertEquals((await tickOnce(profile)).outcome, "moved");
});

Deno.test("an ask about a goal's budget ends when the goal or its budget changes, and a dismissed one does not return", async () => {
  await using profile = await limited(tea(2));
  await tickOnce(profile);
  const first = await openAsk(profile);
  await profile.write("goals/tea.md", GOAL.replace("1", "1.5"));
  assertEquals((await tickOnce(profile)).outcome, "held");
  const second = await openAsk(profile);
  assert(first.id !== second.id);
  await closeAsk(profile, second, "dismissed");
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  assertEquals([held.ask_id, (await listAsks(profile)).asks], [null, []]);
});

Deno.test("other goals are decided for while one is over its budget, and moves for that one are refused", async () => {
  await using profile = await limited(tea(2), { bread: OTHER });
  const decider = scripted(noop({ goal: "tea" }), noop({ goal: "bread", more: false }));
  const tick = () => tickOnce(profile, { decider: decider.decide });
  const refused = await tick();
  assert(refused.outcome === "failed");
  assertStringIncludes(refused.error.message, "goal `tea` is over its budget");
  assertStringIncludes(decider.prompts[0], "- goal tea: is over its budget");
  assertEquals((await openAsk(profile)).hold?.goal, "tea");
  assertEquals((await tick()).outcome, "moved");
  await profile.write("goals/tea.md", `${GOAL}More.\n`);
  assertEquals((await tick()).outcome, "held");
  await profile.change();
  assertEquals((await tick()).outcome, "moved");
  const forced = await runGoal(profile, "tea", { decider: decider.decide });
  assertEquals(forced.outcome, "held");
});

Deno.test("a goal over its budget keeps its rules, except those that start workers", async () => {
  const rules = `rules:
  - {name: work, when: "true", do: {action: start_worker, id: w, prompt: x}}
  - {name: tell, when: "true", do: {action: ask, question: "Tea?", more: false}}
`;
  await using profile = await limited(tea(2));
  await profile.write("goals/tea.md", GOAL.replace("---\n", `---\n${rules}`));
  const fired = await tickOnce(profile);
  assert(fired.outcome === "moved");
  assertEquals(fired.decision.source, "tea/tell");
});

Deno.test("an unknown cost holds a goal with a budget, unless the config ignores it", async () => {
  await using profile = await limited(tea(null));
  const held = await tickOnce(profile);
  assert(held.outcome === "held");
  assertEquals(
    held.why,
    "goal tea: 1 cost of it is unknown, so what is left of $1.00 is unknown (its budget_usd)",
  );
  profile.setBudget({ unknown_cost: "ignore" });
  assertEquals((await tickOnce(profile)).outcome, "moved");
});

Deno.test("looop cost marks the goals that are finished, also those of another day", async () => {
  await using profile = await limited(tea(0.25) + spent(0.5, "08:00", { goal: "old" }), {
    old: OTHER,
  });
  await Deno.rename(
    `${profile.paths.goals}/old.md`,
    `${profile.paths.goalsArchive}/old.md`,
  );
  const spend = await sumSpend(profile);
  assertEquals(spend.by_goal.map(({ key, finished }) => [key, finished]), [
    ["old", true],
    ["tea", undefined],
  ]);
  const plain = (text: string) => text;
  const view = { columns: 70, bold: plain, dim: plain, yellow: plain } as Parameters<
    typeof renderCost
  >[1];
  assertMatch(renderCost(spend, view), /^ {2}old \(finished\) +1 +\$0\.5000/m);
});
