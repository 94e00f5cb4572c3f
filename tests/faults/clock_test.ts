import { assertEquals } from "@std/assert";
import { systemClock } from "../../src/os/clock.ts";
import { LoopOnTrial } from "./loop_on_trial.ts";

Deno.test("pulse goes on when the clock goes back by hours, and trusts no reading from the future", async () => {
  let offsetMs = 0;
  await using loop = await LoopOnTrial.start({
    clock: { ...systemClock, now: () => new Date(Date.now() + offsetMs) },
    files: {
      "sensors/slow.sh": "#!/bin/sh\n# looop: interval=3600\necho x >> ../looked\necho '{}'\n",
      "goals/tea.md": "---\ngoal: Tea\n---\n",
    },
  });
  const looks = async () => (await Deno.readTextFile(`${loop.profile.root}/looked`)).length / 2;
  await loop.moves();
  assertEquals(await looks(), 1);
  offsetMs = -5 * 3_600_000;
  await loop.moves();
  assertEquals(await looks(), 2);
  await loop.moves();
  assertEquals(await looks(), 2);
  assertEquals(loop.said(), []);
  await loop.agrees();
  const days = (await loop.profile.read("journal.md")).split("\n").map((line) => line.slice(2, 18));
  assertEquals(days[2] < days[1], true, "the journal says what the clock said");
  const state = JSON.parse(await loop.profile.read("state.json"));
  assertEquals(Date.parse(state.decided_at) < Date.now() - 4 * 3_600_000, true);
});
