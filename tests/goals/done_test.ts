import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { answerAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { scripted } from "../support/scripted_decider.ts";
import { lastLine, measured, recordOf, writeOpen } from "./measured.ts";

const GOAL = `---
goal: Close all tickets
metric: {value: sensors.tickets.open, from: 3, to: 0}
done: metric == 0
---
`;

Deno.test("a goal whose done holds on two ticks is archived by its own rule, without a runner", async () => {
  await using profile = await measured({ tickets: GOAL });
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 1);
  profile.at("10:00");
  await writeOpen(profile, 0);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  await profile.read("goals/tickets.md");
  profile.at("11:00");
  const end = await tickOnce(profile);
  assert(end.outcome === "moved");
  assertEquals([end.decision.by, end.decision.source], ["rule", "tickets/done"]);
  assertEquals(
    await lastLine(profile),
    "- 2026-11-23 11:00 goal tickets is done, took 2 h, cost $0.00: Close all tickets",
  );
  await profile.read("goals/archive/tickets.md");
  await assertRejects(() => profile.read("goals/tickets.md"), Deno.errors.NotFound);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  assertEquals(await profile.calls(), 1);
  assertEquals(await recordOf(profile, "tickets"), undefined);
});

Deno.test("the end of a goal says what was spent on it, unknown costs apart", async () => {
  await using profile = await measured({ tickets: GOAL });
  await tickOnce(profile);
  await profile.write(
    "cost.jsonl",
    [0.25, 0.5, null].map((cost_usd) =>
      JSON.stringify({
        ...{ ts: "2026-11-23T09:10:00.000Z", kind: "worker", id: "w@1", runner: "mine", cost_usd },
        goal: "tickets",
      }) + "\n"
    ).join(""),
  );
  await writeOpen(profile, 0);
  await tickOnce(profile);
  await tickOnce(profile);
  assertMatch(await lastLine(profile), /cost \$0\.7500 \+ 1 unknown: Close all tickets$/);
});

Deno.test("a done that holds on one tick alone ends nothing, and the change is decided then", async () => {
  await using profile = await measured({ tickets: GOAL });
  await tickOnce(profile);
  await writeOpen(profile, 0);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  await writeOpen(profile, 1);
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 2);
  await writeOpen(profile, 0);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  await profile.read("goals/tickets.md");
  assertEquals((await recordOf(profile, "tickets"))?.metric?.value, 0);
});

Deno.test("what else changes while a goal ends is decided, before and after", async () => {
  await using profile = await measured({ tickets: GOAL, other: "---\ngoal: Other\n---\n" });
  await tickOnce(profile);
  await writeOpen(profile, 0);
  await profile.write("goals/other.md", "---\ngoal: Another\n---\n");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 2);
  await profile.write("PLAYBOOK.md", "# New\n");
  const end = await tickOnce(profile);
  assert(end.outcome === "moved" && end.decision.by === "rule");
  const next = await tickOnce(profile);
  assert(next.outcome === "moved" && next.decision.by === "runner");
  assertEquals(await profile.calls(), 3);
  assertEquals((await tickOnce(profile)).outcome, "idle");
});

Deno.test("a sensor that fails, within its grace or after, neither ends a goal nor counts as a tick", async () => {
  await using profile = await measured({ tickets: GOAL });
  await tickOnce(profile);
  await writeOpen(profile, 0);
  await tickOnce(profile);
  await Deno.remove(`${profile.paths.dataDir}/open`);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 2);
  await profile.read("goals/tickets.md");
  await writeOpen(profile, 0);
  const end = await tickOnce(profile);
  assert(end.outcome === "moved");
  assertEquals(end.decision.source, "tickets/done");
});

Deno.test("a done that reads untrusted input needs the user, and is not asked again after a no", async () => {
  const sensor = "#!/bin/sh\n# looop: trust=untrusted\ncat open\n";
  await using profile = await measured({ tickets: GOAL }, sensor);
  const decider = scripted();
  const tick = () => tickOnce(profile, { decider: decider.decide });
  await tick();
  await writeOpen(profile, 0);
  await tick();
  const asked = await tick();
  assert(asked.outcome === "moved");
  assertEquals([asked.verdict.then, asked.verdict.rule], ["ask", "taint"]);
  const [{ id }] = (await listAsks(profile)).asks;
  await answerAsk(profile, id, "no");
  const rejected = await tick();
  assert(rejected.outcome === "moved" && rejected.decision.by === "code");
  for (let i = 0; i < 3; i++) assertEquals((await tick()).outcome, "idle");
  await profile.read("goals/tickets.md");
});

Deno.test("a decider cannot end a goal that has a done: archiving it and changing its done need approval", async () => {
  await using profile = await measured({ tickets: GOAL });
  const journal = "tried";
  const body = GOAL.replace("metric == 0", "1 == 1");
  const cheaper = GOAL.replace("from: 3, to: 0", "from: 3, to: 9");
  const moves = [
    { action: "archive_goal", id: "tickets", journal, goal: "tickets" },
    { action: "write_goal", id: "tickets", body, journal },
    { action: "write_goal", id: "tickets", body: cheaper, journal },
  ] as const;
  const decider = scripted(...moves);
  const rules = [];
  for (const _ of moves) {
    await profile.change();
    const result = await tickOnce(profile, { decider: decider.decide });
    assert(result.outcome === "moved", JSON.stringify(result));
    rules.push(`${result.verdict.then} ${result.verdict.rule}`);
  }
  assertEquals(rules, ["ask archive-goal-done", "ask write-goal-rules", "ask write-goal-rules"]);
  await profile.read("goals/tickets.md");
});

Deno.test("two goals that are done end on two ticks, the one with the higher priority first", async () => {
  const second = GOAL.replace("goal: Close", "priority: 5\ngoal: Really close");
  await using profile = await measured({ tickets: GOAL, urgent: second });
  await tickOnce(profile);
  await writeOpen(profile, 0);
  await tickOnce(profile);
  const ended = [];
  for (let i = 0; i < 2; i++) {
    const result = await tickOnce(profile);
    assert(result.outcome === "moved");
    ended.push(result.decision.source);
  }
  assertEquals(ended, ["urgent/done", "tickets/done"]);
  assertEquals(await profile.calls(), 1);
});

Deno.test("the prompt tells of a done that holds, and each change of a metric is recorded once", async () => {
  await using profile = await measured({ tickets: GOAL });
  const decider = scripted();
  const tick = () => tickOnce(profile, { decider: decider.decide });
  for (const open of [3, 2, 2, 1, 2]) {
    await writeOpen(profile, open);
    await tick();
  }
  await writeOpen(profile, 0);
  await profile.change();
  await tick();
  assertStringIncludes(
    decider.prompts.at(-1) ?? "",
    "- goal tickets: metric 0 (from 3 to 0, 100 %); its done holds, so looop archives it by itself",
  );
  const values = (await profile.read("metrics.jsonl")).trim().split("\n")
    .map((line) => JSON.parse(line).value);
  assertEquals(values, [3, 2, 1, 2, 0]);
});
