import { assertEquals } from "@std/assert";
import { readPulseRun } from "../../src/profile/markers.ts";
import { RunningPulse } from "../support/running_pulse.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { tempProfile } from "../support/temp_profile.ts";
import { start, workerProfile } from "../support/worker_profile.ts";

Deno.test("pulse notes each tick, and its run under an id of its own", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  const ids: (string | null)[] = [];
  for (const outcome of ["moved", "idle"]) {
    clock.sleeps.length = 0;
    await using running = new RunningPulse(profile, scripted().decide);
    await running.ticks(1);
    ids.push(await readPulseRun(profile));
    await clock.begun(1);
    assertEquals(JSON.parse(await profile.read(".looop/last_tick.json")).outcome, outcome);
  }
  assertEquals([ids.includes(null), ids[0] === ids[1]], [false, false]);
});

Deno.test("pulse waits for the active interval while a worker is alive", async () => {
  const clock = new SteppedClock();
  await using profile = await workerProfile({ clock });
  await Deno.writeTextFile(profile.configPath, `{"interval": 70, "active_interval": 11}`);
  await start(profile, "fix", "sleep 60");
  await using _ = new RunningPulse(profile, scripted().decide);
  await clock.begun(1);
  assertEquals(clock.waits, [11_000]);
});

Deno.test("pulse waits as long as a move asks for, in seconds", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  await using _ = new RunningPulse(profile, scripted(noop({ next_interval_s: 77 })).decide);
  await clock.begun(1);
  assertEquals(clock.waits, [77_000]);
});

Deno.test("pulse reports a lasting error once, and the next tick without it", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock });
  await profile.write("state.json", "{");
  await using running = new RunningPulse(profile, scripted().decide);
  for (let count = 1; count <= 3; count++) {
    await clock.begun(count);
    clock.pass();
  }
  await clock.begun(4);
  assertEquals([running.errors.length, running.results.length], [1, 0]);
  assertEquals(clock.waits.slice(0, 3), [60_000, 120_000, 240_000]);
  await Deno.remove(profile.paths.state);
  await clock.begun(5);
  assertEquals(running.outcomes(), ["moved"]);
  assertEquals(clock.waits.at(-1), profile.config.interval * 1000);
});
