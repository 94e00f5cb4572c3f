import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { listDemands } from "../../src/inbox/attention.ts";
import { surface } from "../../src/inbox/notify.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { readStatus } from "../../src/loop/status.ts";
import { budgetProfile, timeOf } from "../support/budget_profile.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { measured, recordOf, writeOpen } from "./measured.ts";

const STALL = `---
goal: Close all tickets
metric: {value: sensors.tickets.open}
stall: 2d
---
`;

/** The texts of what a user is told now, once each. */
async function told(profile: Parameters<typeof surface>[0]): Promise<string[]> {
  const { items, done } = await surface(profile);
  await done;
  return items.map(({ kind, text }) => `${kind}: ${text}`);
}

Deno.test("a goal that has stalled wakes one decision and one notification", async () => {
  await using profile = await measured({ tickets: STALL });
  profile.config.notify = `echo "$LOOOP_KIND $LOOOP_QUESTION" >> told`;
  await tickOnce(profile);
  profile.at("09:00", 1);
  await writeOpen(profile, 2);
  await tickOnce(profile);
  assertEquals(await profile.calls(), 2);
  profile.at("08:59", 3);
  assertEquals((await tickOnce(profile)).outcome, "moved", "a noop ages after 6 hours");
  assertEquals(await profile.calls(), 3);
  profile.at("09:00", 3);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 4);
  const runs = [...Deno.readDirSync(profile.paths.runs)].map(({ name }) => name).sort();
  const prompt = await profile.read(`runs/${runs.at(-1)}/prompt.md`);
  assertStringIncludes(prompt, "added stalled:tickets\n  no progress since 2026-11-24 09:00");
  for (let minute = 1; minute < 4; minute++) {
    profile.at(`09:0${minute}`, 3);
    assertEquals((await tickOnce(profile)).outcome, "idle");
  }
  assertEquals(await profile.calls(), 4);
  assertEquals(
    await profile.read("told"),
    "goal goal tickets has stalled: no progress since 2026-11-24 09:00\n",
  );
  await writeOpen(profile, 1);
  await tickOnce(profile);
  assertEquals((await recordOf(profile, "tickets"))?.stalled, undefined);
  assertEquals(await listDemands(profile), []);
});

Deno.test("a goal without a metric stalls when no move but noop has served it", async () => {
  await using profile = await budgetProfile({});
  await profile.write("goals/tea.md", "---\ngoal: Drink tea\nstall: 12h\n---\n");
  const ask = {
    action: "ask",
    question: "Tea?",
    journal: "asked",
    goal: "tea",
    more: false,
  } as const;
  const decider = scripted(noop({ goal: "tea", more: false }), ask);
  const tick = () => tickOnce(profile, { decider: decider.decide });
  await tick();
  profile.at("20:59");
  assertEquals((await tick()).outcome, "idle");
  profile.at("21:00");
  assertEquals((await tick()).outcome, "moved");
  assertStringIncludes(decider.prompts[1], "added stalled:tea");
  assertEquals((await tick()).outcome, "idle");
  assertEquals((await recordOf(profile, "tea"))?.stalled, undefined);
  profile.at("09:00", 1);
  assertEquals((await tick()).outcome, "moved");
  assertStringIncludes(decider.prompts[2], "no progress since 2026-11-23 21:00");
});

Deno.test("a goal that is due wakes one decision and one notification, and again for another due", async () => {
  await using profile = await budgetProfile({});
  const due = (time: Date) =>
    profile.write("goals/tea.md", `---\ngoal: Drink tea\ndue: ${time.toISOString()}\n---\n`);
  const decider = scripted(...Array.from({ length: 9 }, () => noop({ more: false })));
  const tick = () => tickOnce(profile, { decider: decider.decide });
  profile.config.notify = "true";
  await due(timeOf("12:00"));
  await tick();
  assertEquals(await told(profile), []);
  profile.at("11:59");
  assertEquals((await tick()).outcome, "idle");
  profile.at("12:00");
  assertEquals((await tick()).outcome, "moved");
  assertStringIncludes(decider.prompts[1], "added due:tea\n  was due 2026-11-23 12:00");
  assertEquals((await tick()).outcome, "idle");
  const status = await readStatus(profile, { full: true });
  const line = "looop goal show tea: goal tea was due 2026-11-23 12:00";
  assert(status.attention.includes(line), `${status.attention}`);
  assertEquals(status.notices.includes(line), false);
  assertEquals(status.goals.map(({ overdue }) => overdue), [true]);
  assertEquals((await listDemands(profile)).map(({ kind, goal }) => [kind, goal]), [[
    "goal",
    "tea",
  ]]);
  await due(timeOf("15:00"));
  await tick();
  assertEquals(decider.prompts.length, 3);
  assertEquals(await listDemands(profile), []);
  profile.at("15:01");
  await tick();
  assertEquals(decider.prompts.length, 4);
  assertEquals((await tick()).outcome, "idle");
});

Deno.test("a rule reads that a goal is due, and needs no runner", async () => {
  await using profile = await budgetProfile({}, { config: { runner: "none" } });
  const rule = `{when: "'due:tea' in changed", do: {action: ask, question: "No tea yet?"}}`;
  const due = timeOf("12:00").toISOString();
  await profile.write("goals/tea.md", `---\ngoal: Drink tea\ndue: ${due}\nrules: [${rule}]\n---\n`);
  profile.at("11:59");
  assertEquals((await tickOnce(profile)).outcome, "undecided");
  profile.at("12:00");
  const fired = await tickOnce(profile);
  assert(fired.outcome === "moved");
  assertEquals(fired.decision.source, "tea/rule-1");
});
