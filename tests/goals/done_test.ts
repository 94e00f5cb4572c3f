import { assert, assertEquals, assertMatch } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { budgetProfile } from "../support/budget_profile.ts";

const GOAL = `---
goal: Close all tickets
metric: {value: sensors.tickets.open, from: 3, to: 0}
done: metric == 0
---
`;

/** A profile with a goal that a sensor measures, and a runner that counts its calls. */
async function tickets(goal = GOAL, sensor = "#!/bin/sh\ncat open\n") {
  const profile = await budgetProfile({});
  await profile.write("goals/tickets.md", goal);
  await profile.write("sensors/tickets.sh", sensor);
  const open = (count: number) =>
    profile.write("open", JSON.stringify({ signal: { open: count } }));
  await open(3);
  return Object.assign(profile, { open });
}

Deno.test("a goal whose done holds on two ticks is archived by its own rule, without a runner", async () => {
  await using profile = await tickets();
  assertEquals((await tickOnce(profile)).outcome, "moved");
  assertEquals(await profile.calls(), 1);
  profile.at("10:00");
  await profile.open(0);
  assertEquals((await tickOnce(profile)).outcome, "idle");
  await profile.read("goals/tickets.md");
  profile.at("11:00");
  const end = await tickOnce(profile);
  assert(end.outcome === "moved");
  assertEquals([end.decision.by, end.decision.source], ["rule", "tickets/done"]);
  assertEquals(await profile.calls(), 1);
  assertMatch(
    (await profile.read("journal.md")).trim().split("\n").at(-1) ?? "",
    /^- 2026-11-23 11:00 goal tickets is done, took 2 h, cost \$0\.00: Close all tickets$/,
  );
  await profile.read("goals/archive/tickets.md");
  assertEquals((await tickOnce(profile)).outcome, "idle");
  assertEquals(await profile.calls(), 1);
  const values = (await profile.read("metrics.jsonl")).trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(values.map(({ goal, value }) => [goal, value]), [["tickets", 3], ["tickets", 0]]);
  assertEquals(JSON.parse(await profile.read("state.json")).goals, {});
});
