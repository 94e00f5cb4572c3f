import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runGoal, tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import type { Move } from "../../src/schema/move.ts";
import type { State } from "../../src/schema/state.ts";
import { budgetProfile, timeOf } from "../support/budget_profile.ts";
import { noop, scripted, type ScriptedDecider } from "../support/scripted_decider.ts";

type Profile = Awaited<ReturnType<typeof budgetProfile>>;

/** A profile whose history is of no interest here. */
const historyless: typeof budgetProfile = (budget, more) =>
  budgetProfile(budget, { history: false, ...more });

async function tick(profile: Profile, decider: ScriptedDecider): Promise<string> {
  const { outcome } = await tickOnce(profile, { decider: decider.decide });
  return outcome;
}

async function stateTimes(profile: Profile): Promise<Pick<State, "decided_at" | "noop_at">> {
  const { decided_at, noop_at } = await readState(profile);
  return { decided_at, noop_at };
}

Deno.test("an unchanged world is decided again 6 hours after a noop, and the prompt says so", async () => {
  await using profile = await historyless({});
  const decider = scripted();
  assertEquals(await tick(profile, decider), "moved");
  const nine = timeOf("09:00").toISOString();
  assertEquals(await stateTimes(profile), { decided_at: nine, noop_at: nine });
  profile.at("14:59");
  assertEquals(await tick(profile, decider), "idle");
  profile.at("15:00");
  assertEquals(await tick(profile, decider), "moved");
  assertStringIncludes(
    decider.prompts[1],
    "# WHAT CHANGED\n\nNothing changed for 6 hours; the last decision was a noop.",
  );
  assertEquals(await tick(profile, decider), "idle");
  profile.at("21:00");
  assertEquals(await tick(profile, decider), "moved");
});

Deno.test("a runner's noop grows old, too; one that says more: false, a rule's and a forced one do not", async () => {
  const old = async (decide: (profile: Profile) => Promise<unknown>) => {
    await using profile = await historyless({});
    await decide(profile);
    profile.at("16:00");
    return (await tickOnce(profile, { decider: scripted().decide })).outcome;
  };
  assertEquals(await old((profile) => tickOnce(profile)), "moved");
  const last = scripted(noop({ more: false }));
  assertEquals(await old((profile) => tickOnce(profile, { decider: last.decide })), "idle");
  const rule = `rules:\n  - name: r\n    when: "true"\n    do: {action: noop, reason: r}\n`;
  const byRule = async (profile: Profile) => {
    await profile.write("goals/tea.md", `---\ngoal: Tea\n${rule}---\n`);
    await tickOnce(profile);
    assertEquals((await readState(profile)).noop_at, null);
  };
  assertEquals(await old(byRule), "idle");
  const forced = async (profile: Profile) => {
    await profile.write("goals/tea.md", `---\ngoal: Tea\n---\n`);
    await tickOnce(profile, { decider: scripted(noop({ more: false })).decide });
    await runGoal(profile, "tea");
  };
  assertEquals(await old(forced), "idle");
});

Deno.test("a move other than a noop does not grow old", async () => {
  await using profile = await historyless({});
  const run: Move = { action: "run", command: "ls", journal: "listed", more: false };
  const decider = scripted(noop(), run);
  await tick(profile, decider);
  await profile.change();
  await tick(profile, decider);
  assertEquals((await readState(profile)).noop_at, null);
  profile.at("20:00");
  assertEquals(await tick(profile, decider), "idle");
});

Deno.test("a clock that is set back decides an old noop once, not on every tick and not never", async () => {
  await using profile = await historyless({});
  const decider = scripted();
  await tick(profile, decider);
  profile.at("08:00");
  assertEquals(await tick(profile, decider), "idle");
  profile.at("09:00", -300);
  assertEquals([await tick(profile, decider), await tick(profile, decider)], ["moved", "idle"]);
  profile.at("15:00", -300);
  assertEquals(await tick(profile, decider), "moved");
});

/** A sensor whose signal is another at each run, in `count`. */
const CLOCK = `#!/bin/sh
echo x >> count
printf '{"signal": %s}' "$(wc -l < count)"
`;

Deno.test("a sensor that changes on every tick is named, and alone causes a decision every 10 minutes", async () => {
  await using profile = await historyless({});
  await profile.write("sensors/clock.sh", CLOCK);
  const decider = scripted();
  const outcomes = [];
  for (let minute = 0; minute < 28; minute++) {
    profile.at(`09:${String(minute).padStart(2, "0")}`);
    outcomes.push(await tick(profile, decider));
  }
  // New at the first, changed at the five after it.
  const damped = Array(9).fill("damped");
  assertEquals(outcomes, [
    ...Array(5).fill("moved"),
    ...damped,
    "moved",
    ...damped,
    "moved",
    ...damped.slice(0, 3),
  ]);
  assert(!decider.prompts[4].includes("FLAPPING"));
  assertStringIncludes(
    decider.prompts[5],
    "# FLAPPING\n\nThese sensors change on every tick; changes of them alone wake you every 10 minutes at most: clock",
  );
});

Deno.test("a damped tick says why, writes nothing durable, and fires no rule", async () => {
  await using profile = await historyless({});
  await profile.write("sensors/clock.sh", CLOCK);
  const decider = scripted();
  for (let i = 0; i < 6; i++) await tick(profile, decider);
  await profile.write(
    "goals/tea.md",
    `---\ngoal: Tea\nrules:\n  - name: r\n    when: sensors.clock == 8\n    do: {action: ask, question: "Eight?"}\n---\n`,
  );
  assertEquals(await tick(profile, decider), "moved");
  const state = await profile.read("state.json");
  const result = await tickOnce(profile, { decider: decider.decide });
  assert(result.outcome === "damped");
  assertEquals(
    result.why,
    "only flapping sensors changed, and the last decision is not 10 minutes old: clock",
  );
  assertEquals(await profile.read("count"), "x\n".repeat(8));
  assertEquals(await profile.read("state.json"), state);
});

Deno.test("whatever else changes beside a flapping sensor is decided at once", async () => {
  await using profile = await historyless({});
  await profile.write("sensors/clock.sh", CLOCK);
  const decider = scripted();
  for (let i = 0; i < 6; i++) await tick(profile, decider);
  assertEquals(await tick(profile, decider), "damped");
  await profile.change();
  assertEquals([await tick(profile, decider), await tick(profile, decider)], ["moved", "damped"]);
});

Deno.test("a reading that is kept does not make its sensor flap", async () => {
  await using profile = await historyless({});
  await profile.write("sensors/clock.sh", CLOCK.replace("\n", "\n# looop: interval=90\n"));
  const decider = scripted();
  const outcomes = [];
  for (let minute = 0; minute < 20; minute++) {
    profile.at(`09:${String(minute).padStart(2, "0")}`);
    outcomes.push(await tick(profile, decider));
  }
  assertEquals(outcomes, Array(10).fill(["moved", "idle"]).flat());
});

Deno.test("a failed decision counts as one: decided_at is set, noop_at stays", async () => {
  await using profile = await historyless({});
  await tickOnce(profile);
  profile.at("15:00");
  const failing = scripted(() => {
    throw new Error("no");
  });
  assertEquals(await tick(profile, failing), "failed");
  assertEquals(await stateTimes(profile), {
    decided_at: timeOf("15:00").toISOString(),
    noop_at: timeOf("09:00").toISOString(),
  });
  assertEquals(await tick(profile, failing), "moved");
});

Deno.test("a rate limit that ends in months parks for 24 hours, one that has ended for 5 minutes", async () => {
  const parked = async (end: Date) => {
    const info = { status: "rejected", resetsAt: end.getTime() / 1000 };
    const limit = JSON.stringify({ type: "rate_limit_event", rate_limit_info: info });
    await using profile = await historyless({}, { runner: `echo '${limit}'` });
    assertEquals((await tickOnce(profile)).outcome, "failed");
    return (await readState(profile)).parked?.until ?? null;
  };
  assertEquals(await parked(new Date("2027-08-01")), timeOf("09:00", 1).toISOString());
  assertEquals(await parked(timeOf("10:00")), timeOf("10:00").toISOString());
  assertEquals(await parked(timeOf("08:00")), timeOf("09:05").toISOString());
});
