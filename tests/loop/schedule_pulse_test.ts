import { assert, assertEquals } from "@std/assert";
import { eventually } from "../support/eventually.ts";
import { RunningPulse } from "../support/running_pulse.ts";
import { noop, scripted } from "../support/scripted_decider.ts";
import { SteppedClock } from "../support/stepped_clock.ts";
import { tempProfile } from "../support/temp_profile.ts";

Deno.test("pulse wakes for the next slot, and at once for an edited schedule", async () => {
  const clock = new SteppedClock();
  await using profile = await tempProfile({ clock, history: false });
  await Deno.writeTextFile(profile.configPath, '{ "interval": 3600 }');
  const decider = scripted(noop({ more: false }));
  await using pulse = new RunningPulse(profile, decider.decide);
  await pulse.ticks(1);
  assertEquals(pulse.waits, [3600]);
  await clock.begun(1);
  // Within the last half of a minute, the first wait could be less than five seconds.
  await profile.write("schedules/often.yaml", "every: 20m\nnote: often\n");
  await pulse.ticks(2);
  assertEquals(pulse.outcomes(), ["moved", "idle"]);
  const nextMs = Math.ceil(Date.now() / 1_200_000) * 1_200_000;
  assert(pulse.waits[1] <= 1200, `${pulse.waits[1]} s`);
  assert(Math.abs(pulse.waits[1] * 1000 - (nextMs - Date.now())) < 60_000, `${pulse.waits[1]} s`);
  await eventually("the pulse waits", () => clock.sleeps.length >= 2);
  assertEquals(pulse.errors, []);
});
