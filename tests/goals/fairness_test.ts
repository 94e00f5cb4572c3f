import { assertEquals, assertStringIncludes } from "@std/assert";
import { longestFirst } from "../../src/goals/ready.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { parseGoal } from "../../src/profile/goal_file.ts";
import { configSchema } from "../../src/schema/config.ts";
import type { World } from "../../src/schema/world.ts";
import { budgetProfile } from "../support/budget_profile.ts";
import { noop, scripted } from "../support/scripted_decider.ts";

/** The goal that a prompt names as the one that went longest without a move; `null`: none. */
function named(prompt = ""): string | null {
  return /^- goal (\S+) went longest without a move/m.exec(prompt)?.[1] ?? null;
}

Deno.test("the prompt names the ready goal that went longest without a move", async () => {
  await using profile = await budgetProfile({});
  for (const id of ["a", "b", "c"]) {
    await profile.write(`goals/${id}.md`, `---\ngoal: ${id}\n---\n`);
  }
  const turns = ["b", "a", "c", "b"].map((goal) => noop({ goal, more: false }));
  const decider = scripted(...turns);
  for (let hour = 10; hour < 14; hour++) {
    profile.at(`${hour}:00`);
    await profile.change();
    await tickOnce(profile, { decider: decider.decide });
  }
  assertEquals(decider.prompts.map(named), [null, "a", "c", "b"]);
});

Deno.test("a goal that waited longer than fairness wakes a decision of its own, once", async () => {
  await using profile = await budgetProfile({});
  profile.config.fairness = 3600;
  for (const id of ["a", "b"]) await profile.write(`goals/${id}.md`, `---\ngoal: ${id}\n---\n`);
  const decider = scripted(...Array.from({ length: 9 }, () => noop({ more: false })));
  const tick = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  assertEquals(await tick(), "moved");
  profile.at("09:59");
  assertEquals(await tick(), "idle");
  profile.at("10:00");
  const outcomes = [];
  for (let i = 0; i < 4; i++) outcomes.push(await tick());
  assertEquals(outcomes, ["moved", "moved", "idle", "idle"]);
  assertEquals(decider.prompts.map(named), [null, "a", "b"]);
  assertStringIncludes(decider.prompts[1], "added waiting:a\n  no move since 2026-11-23 09:00");
});

Deno.test("a move gives a goal its turn, and fairness 0 lets none wait", async () => {
  await using profile = await budgetProfile({});
  profile.config.fairness = 3600;
  await profile.write("goals/a.md", "---\ngoal: a\n---\n");
  const decider = scripted(
    ...Array.from({ length: 9 }, () => noop({ goal: "a", more: false })),
  );
  const tick = async () => (await tickOnce(profile, { decider: decider.decide })).outcome;
  await tick();
  profile.at("10:00");
  assertEquals([await tick(), await tick()], ["moved", "idle"]);
  profile.at("10:59");
  assertEquals(await tick(), "idle");
  profile.at("11:00");
  profile.config.fairness = 0;
  assertEquals(await tick(), "idle");
  profile.config.fairness = 3600;
  assertEquals(await tick(), "moved");
});

Deno.test("longestFirst leaves out goals that are busy, asked about, over budget or invalid", () => {
  const at = "2026-11-23T09:00:00.000Z";
  const goals = ["free", "busy", "asked", "ruled", "dear", "new"]
    .map((id) => parseGoal(id, "---\ngoal: x\n---\n", ""));
  goals.push(parseGoal("odd", "no front matter", ""));
  const world = {
    at,
    goals,
    workers: [{ goal: "busy", alive: true }, { goal: "free", alive: false }],
    asks: [{ approval: { move: { goal: "asked" } } }, { rule: "ruled/red" }, {
      rule: "free/red",
      answer: {},
    }],
  } as unknown as World;
  const since = "2026-11-22T09:00:00.000Z";
  const records = Object.fromEntries(goals.map(({ id }) => [id, { since, turn: null }]));
  const over = [{ budget: "goal_usd", why: "", goal: { id: "dear", usd: 1, key: "" } }] as const;
  const moved = { ...records, free: { since, turn: "2026-11-23T08:00:00.000Z" } };
  assertEquals(longestFirst(world, moved, over), [
    { id: "new", since },
    { id: "free", since: "2026-11-23T08:00:00.000Z" },
  ]);
});

Deno.test("configSchema takes fairness in seconds or as a duration", () => {
  const read = (fairness: unknown) => configSchema.parse({ fairness }).fairness;
  assertEquals([3600, "90m", "2d", 0].map(read), [3600, 5400, 172_800, 0]);
  assertEquals(configSchema.parse({}).fairness, 86_400);
  for (const fairness of ["soon", -1, "", null, "400d"]) {
    assertEquals(configSchema.safeParse({ fairness }).success, false);
  }
});
