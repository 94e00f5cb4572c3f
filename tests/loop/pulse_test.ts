import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { answerAsk, approveAsk } from "../../src/inbox/answer.ts";
import { listAsks } from "../../src/inbox/asks.ts";
import { pulse } from "../../src/loop/pulse.ts";
import { tickOnce } from "../../src/loop/run.ts";
import { tryLock } from "../../src/os/lock.ts";
import { Watch } from "../../src/os/watch.ts";
import { pause, resume } from "../../src/profile/markers.ts";
import type { Decider } from "../../src/schema/decision.ts";
import { UserError } from "../../src/schema/errors.ts";
import { eventually } from "../support/eventually.ts";
import { RunningPulse } from "../support/running_pulse.ts";
import { scripted } from "../support/scripted_decider.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { type TempProfile, tempProfile } from "../support/temp_profile.ts";
import { within } from "../support/within.ts";

/** The events that a pulse writes of itself, in order. */
async function pulseEvents(profile: TempProfile): Promise<Record<string, unknown>[]> {
  const lines = (await profile.read("events.jsonl")).trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

Deno.test("pulse ticks at once, and is woken neither by its own writes nor by files that it ignores", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const write = {
    action: "write_goal",
    id: "tea",
    body: "---\ngoal: Tea\n---\n",
    journal: "tea",
    more: false,
  } as const;
  await using running = new RunningPulse(profile, scripted(write).decide);
  await clock.begun(1);
  assertEquals(running.outcomes(), ["moved"]);
  // The pulse checks its files as often as this watch.
  const watch = new Watch([profile.paths.goals]);
  for (const name of ["a", "b", "c"]) {
    // It has checked once when this call returns, so the change is seen by its next check.
    const changed = watch.changed(new AbortController().signal);
    await profile.write(`goals/${name}.txt`, "x");
    await within("a change", changed);
  }
  assertEquals(clock.woken, 0);
  clock.pass();
  await clock.begun(2);
  assertEquals(running.outcomes(), ["moved", "idle"]);
});

Deno.test("pulse is not woken by its own write of `parked`", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const decider: Decider = () => {
    throw new Error("no idea");
  };
  await using running = new RunningPulse(profile, decider);
  for (let count = 1; count <= 3; count++) {
    await clock.begun(count);
    assertEquals(running.outcomes(), Array(count).fill("failed"));
    clock.pass();
  }
  await clock.begun(4);
  assertEquals(running.outcomes(), ["failed", "failed", "failed", "parked"]);
  assertEquals(clock.waits, [60_000, 120_000, 240_000, 60_000]);
  assertEquals(clock.woken, 0);
});

Deno.test("pulse writes an event when it begins and when it ends", async () => {
  await using profile = await tempProfile();
  {
    await using running = new RunningPulse(profile, scripted().decide);
    await running.ticks(1);
    const [first, ...rest] = await pulseEvents(profile);
    assertEquals({ ...first, ts: "" }, { ts: "", event: "pulse", running: true });
    assertEquals(rest.filter(({ event }) => event === "pulse"), []);
  }
  const events = await pulseEvents(profile);
  assertEquals({ ...events.at(-1), ts: "" }, { ts: "", event: "pulse", running: false });
  assertEquals(events.filter(({ event }) => event === "pulse").length, 2);
});

Deno.test("pulse removes temporary files of a crash when it begins", async () => {
  await using profile = await tempProfile();
  const path = `${profile.paths.dataDir}/.state.json.0a1b2c3d.tmp`;
  await Deno.writeTextFile(path, "half");
  const old = new Date(Date.now() - 3_700_000);
  await Deno.utime(path, old, old);
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  await assertRejects(() => Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("pulse that stops ends the notify command that runs, and waits for its end", async () => {
  await using profile = await tempProfile();
  // What holds its output open makes its end take a tenth of a second.
  const notify = "setsid sleep 60 & echo $! > holder; touch begun; exec sleep 300";
  await Deno.writeTextFile(profile.configPath, JSON.stringify({ notify }));
  const ask = { action: "ask", question: "Tea?", journal: "asked", more: false } as const;
  try {
    await using running = new RunningPulse(profile, scripted(ask).decide);
    await running.ticks(1);
    await eventually("the command runs", () => profile.read("begun").then(() => true, () => false));
  } finally {
    Deno.kill(Number(await profile.read("holder")), "SIGKILL");
  }
  const [failed, last] = (await pulseEvents(profile)).slice(-2);
  assertEquals([failed.event, last.event], ["notify_failed", "pulse"]);
  assertMatch(`${failed.why}`, /^killed, status /);
});

Deno.test("pulse that stops during a failing tick reports neither a tick nor an error", async () => {
  await using profile = await tempProfile();
  const decider: Decider = async () => {
    running.stop();
    await Deno.mkdir(profile.paths.state);
    throw new Error("no idea");
  };
  await using running = new RunningPulse(profile, decider);
  await running.ended();
  assertEquals([running.results, running.errors], [[], []]);
  assertEquals((await pulseEvents(profile)).at(-1)?.running, false);
});

Deno.test("pulse pauses for half a second after an error, and only then", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  await using running = new RunningPulse(profile, scripted().decide);
  await clock.begun(1);
  assertEquals(clock.sleeps.includes(500), false);
  await Deno.remove(profile.paths.playbook);
  await clock.begun(2);
  assertEquals(running.errors.length, 1);
  const sleeps = clock.sleeps.slice(clock.sleeps.indexOf(500)).filter((ms) => ms !== 2000);
  assertEquals(sleeps, [500, 60_000]);
});

Deno.test("pulse wakes for an edit of PLAYBOOK, a goal or the config", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  await using running = new RunningPulse(profile, scripted().decide);
  await clock.begun(1);
  const wakes = async (edit: () => Promise<void>) => {
    const before = clock.waits.length;
    await edit();
    await clock.begun(before + 1);
    assertEquals([clock.woken, running.waits.length], [before, before + 1]);
  };
  await wakes(() => profile.write("PLAYBOOK.md", "# Other\n"));
  await wakes(() => profile.write("goals/new.md", "---\ngoal: New\n---\n"));
  await wakes(async () => {
    await profile.write("goals/.new.swp", "---\ngoal: Newer\n---\n");
    await Deno.rename(`${profile.paths.goals}/.new.swp`, `${profile.paths.goals}/new.md`);
  });
  await wakes(() => Deno.writeTextFile(profile.configPath, `{"interval": 90}`));
  assertEquals(running.waits.at(-1), 90);
  await wakes(() => Deno.writeTextFile(profile.configPath, `{"interval": `));
  assertEquals([running.errors.length, running.waits.at(-1)], [0, 90]);
  await wakes(() => Deno.writeTextFile(profile.configPath, `{"interval": 30}`));
  assertEquals(running.waits.at(-1), 30);
});

Deno.test("pulse makes an approved move as soon as it is approved", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const run = { action: "run", command: "touch made; :", journal: "made it", more: false } as const;
  await using running = new RunningPulse(profile, scripted(run).decide);
  await clock.begun(1);
  const [asked] = running.results;
  await approveAsk(profile, asked.outcome === "moved" ? asked.result.ask_id ?? "" : "");
  await clock.begun(2);
  // Then it looks at once whether another one is approved.
  assertEquals(running.outcomes().slice(0, 2), ["moved", "moved"]);
  assertEquals(running.waits[1], 1);
  assertEquals(await profile.read("made"), "");
});

Deno.test("pulse lets an edit settle, which an editor may write in parts, and an answer not", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const ask = { action: "ask", question: "Tea?", journal: "asked", more: false } as const;
  await using running = new RunningPulse(profile, scripted(ask).decide);
  await running.ticks(1);
  await answerAsk(profile, (await listAsks(profile)).asks[0].id, "yes");
  await running.ticks(2);
  assertEquals(clock.sleeps.includes(50), false);
  await profile.write("PLAYBOOK.md", "# Other\n");
  await running.ticks(3);
  assertEquals(clock.sleeps.includes(50), true);
});

Deno.test("pulse sees an edit that came while it ticked", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const decider = scripted(async () => {
    await profile.write("goals/new.md", "---\ngoal: New\n---\n");
    return { action: "noop", reason: "slow", journal: "thought for long" };
  });
  await using running = new RunningPulse(profile, decider.decide);
  await clock.begun(1);
  assertEquals(running.outcomes(), ["moved", "moved"]);
  clock.pass();
  await clock.begun(2);
  assertEquals(running.outcomes(), ["moved", "moved", "idle"]);
  assertEquals(clock.woken, 0);
});

Deno.test("pulse stands still while paused, and goes on when resumed", async () => {
  await using profile = await tempProfile();
  await pause(profile);
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  assertEquals(running.outcomes(), ["paused"]);
  await resume(profile);
  await running.ticks(2);
  assertEquals(running.outcomes(), ["paused", "moved"]);
});

Deno.test("pulse looks at once after a pause that was over before it saw it", async () => {
  await using profile = await tempProfile();
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  await pause(profile);
  await resume(profile);
  await eventually("it looks again", () => running.outcomes().at(-1) === "idle");
  // It may have seen the pause after all.
  assertEquals(running.outcomes().filter((outcome) => outcome !== "paused"), ["moved", "idle"]);
});

Deno.test("pulse backs off after failures, and an edit cuts the wait", async () => {
  await using profile = await tempProfile();
  const decider: Decider = () => {
    throw new Error("no idea");
  };
  await using running = new RunningPulse(profile, decider);
  await running.ticks(1);
  await profile.write("PLAYBOOK.md", "# Other\n");
  await running.ticks(2);
  await profile.write("PLAYBOOK.md", "# Yet another\n");
  await running.ticks(3);
  assertEquals(running.outcomes(), ["failed", "failed", "failed"]);
  assertEquals(running.waits, [60, 120, 240]);
});

Deno.test("pulse takes its lock again when the file was removed, and ends where another has it", async () => {
  await using profile = await tempProfile();
  const running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  await Deno.remove(profile.paths.pulseLock);
  await profile.write("PLAYBOOK.md", "# Other\n");
  await running.ticks(2);
  await assertRejects(() => tickOnce(profile), UserError, "a pulse is running on");
  await Deno.remove(profile.paths.pulseLock);
  using _ = await tryLock(profile.paths.pulseLock);
  await profile.write("PLAYBOOK.md", "# Yet another\n");
  await assertRejects(
    () => running.ended(),
    UserError,
    "was removed, and another looop runs on",
  );
});

Deno.test("pulse keeps other pulses and ticks of its profile out", async () => {
  await using profile = await tempProfile();
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  const signal = new AbortController().signal;
  await assertRejects(
    () => pulse(profile, { signal }),
    UserError,
    "cannot start a pulse: one is already running on",
  );
  await assertRejects(() => tickOnce(profile), UserError, "a pulse is running on");
});
