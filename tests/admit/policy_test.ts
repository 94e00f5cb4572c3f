import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { admitMove, currentWorld } from "../../src/admit/admit.ts";
import { approveAsk } from "../../src/inbox/answer.ts";
import { tickOnce } from "../../src/loop/run.ts";
import type { Profile } from "../../src/profile/profile.ts";
import type { Config, PolicyRule } from "../../src/schema/config.ts";
import type { Decider, Outcome } from "../../src/schema/decision.ts";
import type { Move } from "../../src/schema/move.ts";
import { listWorkers } from "../../src/workers/list.ts";
import { scripted } from "../support/scripted_decider.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";

const touch: Move = { action: "run", command: "touch made", journal: "touched made" };
const noTouch: PolicyRule = {
  name: "no-touch",
  when: `move.command.startsWith("touch")`,
  then: "deny",
  why: "nothing is touched here",
};

async function outcomeOf(profile: Profile, ...moves: Move[]): Promise<Outcome> {
  const result = await tickOnce(profile, { decider: scripted(...moves).decide });
  assert(result.outcome === "moved");
  return result.result;
}

async function isPresent(profile: TempProfile, path: string): Promise<boolean> {
  return await Deno.stat(join(profile.paths.dataDir, path)).catch(() => null) !== null;
}

Deno.test("a rule of the config's policy makes a run without asking, or refuses it", async () => {
  const policy: PolicyRule[] = [
    noTouch,
    { name: "quiet", when: `sensors.ci == "green" && move.argv.size() > 0`, then: "allow" },
  ];
  const files = { "sensors/ci.sh": `#!/bin/sh\necho '{"signal": "green"}'\n` };
  await using profile = await tempProfile({ config: { policy }, files });
  assertEquals(await outcomeOf(profile, touch), {
    status: "denied",
    summary: "policy no-touch: nothing is touched here",
    paths: [],
  });
  assertEquals(await isPresent(profile, "made"), false);
  await profile.write("PLAYBOOK.md", "# Other\n");
  const made = await outcomeOf(profile, { ...touch, command: "mkdir made" } as Move);
  assertEquals([made.status, made.exit_code], ["made", 0]);
  assertEquals(await isPresent(profile, "made"), true);
});

Deno.test("a denial stands above a yes", async () => {
  await using profile = await tempProfile();
  const { ask_id } = await outcomeOf(profile, touch);
  await approveAsk(profile, ask_id ?? "");
  const stricter = { ...profile, config: { ...profile.config, policy: [noTouch] } };
  assertEquals((await outcomeOf(stricter)).status, "denied");
  assertEquals(await isPresent(profile, "made"), false);
});

Deno.test("a worker whose verify policy denies, or asks for, is not started", async () => {
  const policy: PolicyRule[] = [
    noTouch,
    { name: "workers", when: `move.action == "start_worker"`, then: "allow" },
  ];
  const config = { policy, worker_runner: "own", runners: { own: { worker: "true" } } };
  await using profile = await tempProfile({ config });
  const start = (verify: string): Move => ({
    ...{ action: "start_worker", id: "fix", prompt: "x", journal: "started fix", verify },
  });
  assertEquals((await outcomeOf(profile, start("touch made"))).status, "denied");
  await profile.write("PLAYBOOK.md", "# Other\n");
  assertEquals((await outcomeOf(profile, start("make test"))).status, "asked");
  assertEquals(await listWorkers(profile), []);
});

Deno.test("a sensor is written unasked where rules allow both the writing and the script", async () => {
  const when = `move.name == "inbox.sh" && move.action in ["write_sensor", "run"]`;
  const policy: PolicyRule[] = [{ name: "inbox", when, then: "allow" }];
  await using profile = await tempProfile({ config: { policy } });
  const script = `#!/bin/sh\necho '{"signal": 1}'\n`;
  const write: Move = { action: "write_sensor", name: "inbox.sh", script, journal: "wrote it" };
  assertEquals((await outcomeOf(profile, write)).status, "made");
  assertEquals(await profile.read("sensors/inbox.sh"), script);
});

Deno.test("a policy rule reads in a tick what a goal's rule may read", async () => {
  const when = [
    `move.command == "touch made"`,
    `runner == "code"`,
    `"sensor:ci" in changed`,
    `goals.green.priority == 3`,
    `!tainted`,
    `now > timestamp("2026-01-01T00:00:00Z")`,
    `size(workers) == 0`,
  ].join(" && ");
  const files = {
    "sensors/ci.sh": `#!/bin/sh\necho '{"signal": "red"}'\n`,
    "goals/green.md": "---\ngoal: green\npriority: 3\n---\n",
  };
  const policy: PolicyRule[] = [{ name: "all", when, then: "allow" }];
  await using profile = await tempProfile({ config: { policy }, files });
  const result = await tickOnce(profile, { decider: scripted(touch).decide });
  assert(result.outcome === "moved");
  assertEquals([result.verdict, result.result.status, profile.warnings], [
    { then: "allow", rule: "all", why: "all" },
    "made",
    [],
  ]);
});

Deno.test("an allow rule that cannot be evaluated is reported and ignored", async () => {
  const policy: PolicyRule[] = [{ name: "ci", when: `sensors.ci == "green"`, then: "allow" }];
  await using profile = await tempProfile({ config: { policy } });
  assertEquals((await outcomeOf(profile, touch)).status, "asked");
  assertEquals(profile.warnings, [
    "policy rule `ci` is ignored: there is no sensor `ci` (there are none)",
  ]);
});

const journal = "x";
const aim = (text: string) => `---\ngoal: ${text}\n---\n`;
const untrustedAim = aim("theirs\nuntrusted: true");
for (
  const [move, expected] of [
    [{ action: "write_goal", id: "mine", body: untrustedAim, journal }, "ask taint"],
    [{ action: "write_goal", id: "theirs", body: untrustedAim, journal }, "allow write-goal"],
    [{ action: "write_goal", id: "theirs", body: aim("mine"), journal }, "ask write-goal-trust"],
    [{ action: "write_goal", id: "new", body: aim("new"), journal }, "allow write-goal"],
    [{ action: "archive_goal", id: "mine", journal }, "ask taint"],
    [{ action: "archive_goal", id: "theirs", journal }, "allow archive-goal"],
    [{ action: "stop_worker", id: "theirs", reason: "x", journal }, "ask taint"],
    [{ action: "tell_worker", id: "theirs", text: "x", journal }, "ask taint"],
  ] as [Move, string][]
) {
  const id = "id" in move ? move.id : "";
  Deno.test(`admitMove judges a tainted ${move.action} of ${id} by that goal: ${expected}`, async () => {
    await using profile = await tempProfile({
      files: { "goals/mine.md": aim("mine"), "goals/theirs.md": untrustedAim },
    });
    const world = await currentWorld(profile);
    const { then, rule } = await admitMove(profile, move, {
      ...{ world, comparison: { changes: [] }, tainted: true },
    });
    assertEquals(`${then} ${rule}`, expected);
  });
}

for (
  const [config, decider, runner] of [
    [{}, scripted().decide, "code"],
    [{ runner: "own", runners: { own: { tick: "true" } } }, scripted().decide, "code"],
    [{ runner: "own", runners: { own: { tick: "true" } } }, undefined, "own"],
    [{ runner: "none" }, undefined, "none"],
  ] as [Partial<Config>, Decider | undefined, string][]
) {
  const by = decider ? "a function" : JSON.stringify(config);
  Deno.test(`admitMove gives rules the runner ${runner} where ${by} decides`, async () => {
    const policy: PolicyRule[] = [{ name: "runner", when: `runner == "${runner}"`, then: "deny" }];
    await using profile = await tempProfile({ config: { ...config, policy } });
    const world = await currentWorld(profile);
    const input = { world, comparison: { changes: [] }, tainted: false, decider };
    assertEquals((await admitMove(profile, touch, input)).rule, "runner");
  });
}

Deno.test("currentWorld has the goals and the last readings, and nothing that policy does not read", async () => {
  const at = new Date("2026-11-23T09:30:00Z");
  await using profile = await tempProfile({
    files: { "goals/mine.md": aim("mine"), "PLAYBOOK.md": "# Text\n" },
    clock: { now: () => at, sleep: () => Promise.resolve() },
  });
  const { goals, ...world } = await currentWorld(profile);
  assertEquals(goals.map(({ id, goal }) => [id, goal]), [["mine", "mine"]]);
  assertEquals(world, {
    ...{ at: at.toISOString(), playbook: { text: "", digest: "" } },
    ...{ readings: [], workers: [], asks: [], claims: [], schedules: [] },
  });
});
