import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import { decided, linesOf, scheduled, sourceOf, STANDUP, warningsOf } from "./scheduled.ts";

Deno.test("tick decides once on a slot that has come, with the schedule's note", async () => {
  const { profile, clock } = await scheduled({ standup: STANDUP });
  await using _ = profile;
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-11-30T07:59:59.999Z");
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-11-30T08:00:00.000Z");
  const { outcome, prompts } = await decided(profile);
  assertEquals(outcome, "moved");
  assertStringIncludes(prompts[0], "added schedule:standup");
  assertStringIncludes(prompts[0], "due: 2026-11-30 09:00 Europe/Berlin\n  Write the standup");
  for (const at of ["2026-11-30T08:00:01Z", "2026-12-01T07:59:00Z"]) {
    clock.set(at);
    assertEquals((await decided(profile)).outcome, "idle");
  }
  clock.set("2026-12-01T08:20:00Z");
  assertEquals((await decided(profile)).outcome, "moved");
});

Deno.test("tick after a sleep handles the newest slot, and journals those that it skips", async () => {
  const { profile, clock } = await scheduled({ standup: STANDUP });
  await using _ = profile;
  clock.set("2026-12-03T12:00:00Z");
  assertStringIncludes((await decided(profile)).prompts[0], "due: 2026-12-03 09:00 Europe/Berlin");
  assertEquals((await linesOf(profile)).slice(1), [
    "schedule standup: skipped 3 slots, 2026-11-30 09:00 to 2026-12-02 09:00 Europe/Berlin: " +
    "a later one came",
    "looked around",
  ]);
  assertEquals((await decided(profile)).outcome, "idle");
});

Deno.test("tick skips a slot with `catch_up: skip` that is over 15 minutes late, without a decider", async () => {
  const { profile, clock } = await scheduled({ standup: `${STANDUP}catch_up: skip\n` });
  await using _ = profile;
  clock.set("2026-11-30T08:14:59Z");
  assertEquals((await decided(profile)).prompts.length, 1);
  clock.set("2026-12-02T08:15:01Z");
  const { result, prompts } = await decided(profile);
  assertEquals([sourceOf(result), prompts.length], ["schedule schedule:standup", 0]);
  assertEquals((await linesOf(profile)).slice(2), [
    "schedule standup: skipped 1 slot, 2026-12-01 09:00 Europe/Berlin: a later one came",
    "schedule standup: skipped 2026-12-02 09:00 Europe/Berlin: it is over 15 minutes late",
  ]);
  assertEquals((await decided(profile)).outcome, "idle");
});

const ASK = 'do: { action: ask, question: "Water the plants?" }\n';

Deno.test("a schedule's own move needs no decider, and leaves other changes to it", async () => {
  const { profile, clock } = await scheduled({ plants: `every: 2d\nnote: plants\n${ASK}` });
  await using _ = profile;
  clock.set("2026-12-01T00:00:00Z");
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const own = await decided(profile);
  assertEquals([sourceOf(own.result), own.prompts.length], ["schedule schedule:plants", 0]);
  assertMatch((await linesOf(profile)).at(-1)!, /^plants: plants \(ask [0-9a-f]{6}\)$/);
  const other = await decided(profile);
  assertStringIncludes(other.prompts[0], "changed playbook");
  assertEquals((await decided(profile)).outcome, "idle");
  // The question is open still.
  clock.set("2026-12-03T00:01:00Z");
  await decided(profile);
  assertEquals(
    (await linesOf(profile)).at(-1),
    "schedule plants: skipped 2026-12-03 00:00 UTC: its effect holds already",
  );
});

Deno.test("a schedule's own move goes through policy each time, and a denied one is not repeated", async () => {
  const run = "every: 1h\ndo: { action: run, command: touch made }\n";
  const policy = [{ name: "never", when: "move.action == 'run'", then: "deny" as const }];
  const { profile, clock } = await scheduled({ made: run }, { config: { policy } });
  await using _ = profile;
  clock.set("2026-11-30T07:00:00Z");
  const { result } = await decided(profile);
  assert(result.outcome === "moved");
  assertEquals([result.decision.by, result.verdict.then], ["schedule", "deny"]);
  // The decider is told once.
  assertStringIncludes((await decided(profile)).prompts[0], "denied: run: made");
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-11-30T08:00:00Z");
  assertEquals(sourceOf((await decided(profile)).result), "schedule schedule:made");
});

Deno.test("a schedule's own move that fails is tried again, until a later slot comes", async () => {
  const goal = "---\ngoal: Drink tea\n---\n";
  const write = `every: 1h\ndo: { action: write_goal, id: tea, body: ${JSON.stringify(goal)} }\n`;
  const { profile, clock } = await scheduled({ tea: write });
  await using _ = profile;
  await Deno.mkdir(`${profile.paths.goals}/tea.md`);
  clock.set("2026-11-30T07:00:00Z");
  const first = await decided(profile);
  assert(first.result.outcome === "moved");
  assertEquals([sourceOf(first.result), first.result.result.status], [
    "schedule schedule:tea",
    "failed",
  ]);
  clock.pass(1000);
  const retried = await decided(profile);
  assertEquals([sourceOf(retried.result), retried.prompts.length], ["schedule schedule:tea", 0]);
  // The decider is asked once; then it is tried with growing pauses.
  assertEquals((await decided(profile)).prompts.length, 1);
  assertEquals((await decided(profile)).outcome, "idle");
  await Deno.remove(`${profile.paths.goals}/tea.md`);
  clock.pass(61_000);
  const made = await decided(profile);
  assert(made.result.outcome === "moved");
  assertEquals(made.result.result.status, "made");
  assertEquals(await profile.read("goals/tea.md"), goal);
  assertEquals((await readState(profile)).fired, {});
  assertEquals((await decided(profile)).outcome, "idle");
});

const RULED = `---
goal: Stand up
rules:
  - name: ask
    when: has(schedules.standup)
    do: { action: ask, question: "What did you do?", more: false }
---
`;

Deno.test("a rule fires on each slot of the schedule that it reads, in place of the decider", async () => {
  const files = { "goals/up.md": RULED };
  const { profile, clock } = await scheduled({ standup: STANDUP }, { files });
  await using _ = profile;
  clock.set("2026-11-30T08:00:00Z");
  const { result, prompts } = await decided(profile);
  assertEquals([sourceOf(result), prompts.length], ["rule up/ask", 0]);
  assertEquals((await decided(profile)).outcome, "idle");
  // The ask is no consequence of a state that has ended.
  assertEquals((await Array.fromAsync(Deno.readDir(profile.paths.asks))).length, 2);
  clock.set("2026-12-01T08:00:00Z");
  await decided(profile);
  assertEquals(
    (await linesOf(profile)).at(-1),
    "schedule standup: skipped 2026-12-01 09:00 Europe/Berlin: its effect holds already",
  );
  assertEquals(warningsOf(profile), []);
});

Deno.test("all rules that read a slot fire on it, and rules may read its fields", async () => {
  const second = RULED.replace("What did you do", "What will you do")
    .replace("has(schedules.standup)", 'schedules.standup.note == "Write the standup"');
  const files = { "goals/up.md": RULED, "goals/next.md": second };
  const { profile, clock } = await scheduled({ standup: STANDUP }, { files });
  await using _ = profile;
  clock.set("2026-11-30T08:00:00Z");
  const sources = [];
  for (let i = 0; i < 3; i++) sources.push(sourceOf((await decided(profile)).result));
  assertEquals(sources, ["rule next/ask", "rule up/ask", "idle"]);
  // One that is not due is absent, which is no error; one that is not there is.
  assertEquals(warningsOf(profile), []);
  await profile.write(
    "goals/next.md",
    second.replace("schedules.standup.", "schedules.stand.") + "x",
  );
  await decided(profile);
  assertMatch(
    warningsOf(profile)[0],
    /rule `next\/ask` is ignored: .*there is no schedule `stand`/,
  );
});

Deno.test("without an LLM a slot that no rule reads is journaled", async () => {
  const { profile, clock } = await scheduled({ standup: STANDUP }, { config: { runner: "none" } });
  await using _ = profile;
  clock.set("2026-11-30T08:00:00Z");
  assertEquals(sourceOf(await tickOnce(profile)), "schedule schedule:standup");
  assertMatch((await linesOf(profile)).at(-1)!, /: no rule reads it, and there is no LLM$/);
  assertEquals((await tickOnce(profile)).outcome, "idle");
});
