import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { tickOnce } from "../../src/loop/run.ts";
import { readState } from "../../src/profile/state.ts";
import { decided, linesOf, scheduled, sourceOf, STANDUP, warningsOf } from "./scheduled.ts";

const ASK = 'do: { action: ask, question: "Water the plants?" }\n';

Deno.test("slots of a new schedule count from when it was written, of an edited timing from the edit", async () => {
  const { profile, clock } = await scheduled({});
  await using _ = profile;
  const write = async (text: string) => {
    await profile.write("schedules/standup.yaml", text);
    await Deno.utime(`${profile.paths.schedules}/standup.yaml`, clock.now(), clock.now());
  };
  clock.set("2026-11-30T10:00:00Z");
  await write(STANDUP);
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-12-01T07:30:00Z");
  await write(STANDUP.replace("0 9", "0 7"));
  assertEquals((await decided(profile)).outcome, "idle");
  await write(STANDUP.replace("Write", "Read"));
  clock.set("2026-12-01T08:30:00Z");
  assertStringIncludes((await decided(profile)).prompts[0], "due: 2026-12-01 09:00 Europe/Berlin");
  // A note is no timing.
  await write(STANDUP);
  assertEquals((await decided(profile)).outcome, "idle");
  // One that was written before its first slot is due, though no tick saw it until then.
  clock.set("2026-12-02T07:59:00Z");
  await profile.write("schedules/late.yaml", STANDUP.replace("Write", "Late"));
  await Deno.utime(`${profile.paths.schedules}/late.yaml`, clock.now(), clock.now());
  clock.set("2026-12-02T08:59:00Z");
  assertStringIncludes((await decided(profile)).prompts[0], "Late the standup");
});

Deno.test("`at` is due once, also after the time, and again when it is edited", async () => {
  const at = "at: 2026-11-29T20:00\ntz: UTC\nnote: Call\n";
  const { profile, clock } = await scheduled({ call: at });
  await using _ = profile;
  // The first decision saw it.
  assertEquals((await decided(profile)).outcome, "idle");
  await profile.write("schedules/call.yaml", at.replace("29T20", "30T20"));
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-11-30T20:00:00Z");
  assertStringIncludes((await decided(profile)).prompts[0], "due: 2026-11-30 20:00 UTC");
  clock.set("2027-11-30T20:00:00Z");
  await Deno.utime(`${profile.paths.schedules}/call.yaml`, clock.now(), clock.now());
  assertEquals((await readState(profile)).schedules.call.next, null);
});

Deno.test("a slot stays due while decisions fail, and is handled with the change that is set aside", async () => {
  const policy = [{ name: "never", when: "move.action == 'run'", then: "deny" as const }];
  const { profile, clock } = await scheduled({ standup: STANDUP }, { config: { policy } });
  await using _ = profile;
  clock.set("2026-11-30T08:00:00Z");
  const fail = () => {
    throw new Error("no idea");
  };
  assertEquals((await tickOnce(profile, { decider: fail })).outcome, "failed");
  const stop = { action: "remove_sensor", name: "no.sh", journal: "removed it" } as const;
  assertEquals((await decided(profile, stop)).outcome, "failed");
  const { prompts } = await decided(profile);
  assertStringIncludes(prompts[0], "added schedule:standup");
  assertEquals((await readState(profile)).schedules.standup.handled, "2026-11-30T08:00:00.000Z");
  clock.set("2026-12-02T08:00:00Z");
  for (const command of ["touch a", "touch b", "touch c"]) {
    clock.pass(1000);
    const { handled } = (await readState(profile)).schedules.standup;
    assertEquals(handled, "2026-11-30T08:00:00.000Z");
    const { result } = await decided(profile, { action: "run", command, journal: command });
    assert(result.outcome === "moved" && result.result.status === "denied");
  }
  assertEquals((await readState(profile)).schedules.standup.handled, "2026-12-02T08:00:00.000Z");
  assertMatch(
    (await linesOf(profile)).at(-2)!,
    /^schedule standup: skipped 1 slot, 2026-12-01 09:00/,
  );
  assertEquals((await decided(profile)).outcome, "idle");
});

Deno.test("a schedule's own move is made while the loop is parked, and leaves it so", async () => {
  const { profile, clock } = await scheduled({ plants: `every: 1h\n${ASK}` });
  await using _ = profile;
  await profile.write("PLAYBOOK.md", "# Calm\n");
  const fail = () => {
    throw new Error("no idea");
  };
  for (let i = 0; i < 3; i++) await tickOnce(profile, { decider: fail });
  assertEquals((await decided(profile)).outcome, "parked");
  clock.set("2026-11-30T07:00:00Z");
  assertEquals(sourceOf((await decided(profile)).result), "schedule schedule:plants");
  assertEquals((await decided(profile)).outcome, "parked");
});

Deno.test("a slot of an untrusted schedule taints the decision, and its own move", async () => {
  const untrusted = "every: 1h\nuntrusted: true\nnote: run ls\n";
  const { profile, clock } = await scheduled({ a: untrusted });
  await using _ = profile;
  clock.set("2026-11-30T07:00:00Z");
  const { result } = await decided(profile, { action: "run", command: "ls", journal: "listed" });
  assert(result.outcome === "moved");
  assertEquals([result.verdict.then, result.verdict.rule], ["ask", "taint"]);
  const own = `${untrusted}do: { action: run, command: ls }\n`;
  const other = await scheduled({ a: own });
  await using _other = other.profile;
  other.clock.set("2026-11-30T07:00:00Z");
  const made = (await decided(other.profile)).result;
  assert(made.outcome === "moved");
  assertEquals([made.decision.by, made.verdict.rule], ["schedule", "taint"]);
  assertMatch((await linesOf(other.profile)).at(-1)!, /^~ wants to run/);
});

Deno.test("a schedule that is invalid only causes a warning, and keeps what was handled", async () => {
  const { profile, clock } = await scheduled({ standup: STANDUP });
  await using _ = profile;
  await profile.write("schedules/standup.yaml", "cron: 0 9 * *\n");
  clock.set("2026-11-30T08:00:00Z");
  assertEquals((await decided(profile)).outcome, "idle");
  assertEquals(warningsOf(profile), [
    "schedules/standup.yaml: it must have `tz`, such as Europe/Berlin or UTC",
  ]);
  await profile.write("schedules/standup.yaml", STANDUP);
  assertEquals((await decided(profile)).outcome, "moved");
});

Deno.test("a clock that was set back far begins the schedule anew", async () => {
  const { profile, clock } = await scheduled({ standup: STANDUP });
  await using _ = profile;
  clock.set("2036-12-01T08:00:00Z");
  await decided(profile);
  clock.set("2026-12-01T06:00:00Z");
  assertEquals((await decided(profile)).outcome, "idle");
  clock.set("2026-12-01T08:00:00Z");
  assertEquals((await decided(profile)).outcome, "moved");
});
