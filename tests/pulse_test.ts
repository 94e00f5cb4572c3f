import { assertEquals, assertRejects } from "@std/assert";
import { answerAsk, approveAsk } from "../src/humans/answer_ask.ts";
import { type Clock, systemClock } from "../src/host/clock.ts";
import { tryLock } from "../src/host/lock.ts";
import { listAsks } from "../src/humans/ask_files.ts";
import type { Decider } from "../src/model/decider.ts";
import { UserError } from "../src/model/user_error.ts";
import { pause, resume } from "../src/profile/pause.ts";
import { pulse } from "../src/pulse.ts";
import { tickOnce } from "../src/tick_once.ts";
import { eventually } from "./eventually.ts";
import { tempProfile } from "./profile/temp_profile.ts";
import { RunningPulse } from "./running_pulse.ts";
import { scripted } from "./scripted_decider.ts";

/** Long enough for a pulse that is going to tick to have done so. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 400));

Deno.test("pulse ticks at once, and its own writes do not wake it", async () => {
  await using profile = await tempProfile();
  const write = {
    action: "write_goal",
    id: "tea",
    body: "---\ngoal: Tea\n---\n",
    journal: "tea",
  } as const;
  await using running = new RunningPulse(profile, scripted(write).decide);
  await running.ticks(1);
  await quiet();
  assertEquals(running.outcomes(), ["moved"]);
});

Deno.test("pulse wakes within a second for an edit of PLAYBOOK, a goal or the config", async () => {
  await using profile = await tempProfile();
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  const wakes = async (what: string, edit: () => Promise<void>) => {
    const before = running.waits.length;
    await edit();
    await eventually(`a tick after an edit of ${what}`, () => running.waits.length > before, 1000);
  };
  await wakes("PLAYBOOK", () => profile.write("PLAYBOOK.md", "# Other\n"));
  await wakes("a goal", () => profile.write("goals/new.md", "---\ngoal: New\n---\n"));
  await wakes("a goal that an editor replaces", async () => {
    await profile.write("goals/.new.swp", "---\ngoal: Newer\n---\n");
    await Deno.rename(`${profile.paths.goals}/.new.swp`, `${profile.paths.goals}/new.md`);
  });
  await wakes("the config", () => Deno.writeTextFile(profile.configPath, `{"interval": 90}`));
  assertEquals(running.waits.at(-1), 90);
  await wakes("the config, broken", () => Deno.writeTextFile(profile.configPath, `{"interval": `));
  assertEquals(running.errors.length, 1);
  await wakes(
    "the config, mended",
    () => Deno.writeTextFile(profile.configPath, `{"interval": 30}`),
  );
  assertEquals(running.waits.at(-1), 30);
});

Deno.test("pulse makes an approved move within a second of the yes", async () => {
  await using profile = await tempProfile();
  const run = { action: "run", command: "touch made; :", journal: "made it", more: false } as const;
  await using running = new RunningPulse(profile, scripted(run).decide);
  await running.ticks(1);
  const [asked] = running.results;
  await approveAsk(profile, asked.outcome === "moved" ? asked.result.ask_id ?? "" : "");
  await eventually("the file of the approved move", async () => {
    return await Deno.stat(`${profile.paths.dataDir}/made`).then(() => true, () => false);
  }, 1000);
});

Deno.test("pulse lets an edit settle, which an editor may write in parts, and an answer not", async () => {
  const slept: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: (ms, signal) => (slept.push(ms), systemClock.sleep(ms, signal)),
  };
  await using profile = await tempProfile({ clock });
  const ask = { action: "ask", question: "Tea?", journal: "asked", more: false } as const;
  await using running = new RunningPulse(profile, scripted(ask).decide);
  await running.ticks(1);
  await answerAsk(profile, (await listAsks(profile)).asks[0].id, "yes");
  await running.ticks(2);
  assertEquals(slept.includes(50), false);
  await profile.write("PLAYBOOK.md", "# Other\n");
  await running.ticks(3);
  assertEquals(slept.includes(50), true);
});

Deno.test("pulse sees an edit that came while it ticked", async () => {
  await using profile = await tempProfile();
  const decider = scripted(async () => {
    await profile.write("goals/new.md", "---\ngoal: New\n---\n");
    return { action: "noop", reason: "slow", journal: "thought for long" };
  });
  await using running = new RunningPulse(profile, decider.decide);
  await running.ticks(2);
  await quiet();
  assertEquals(running.outcomes(), ["moved", "moved"]);
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
  await running.ticks(2);
  assertEquals(running.outcomes(), ["moved", "idle"]);
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
    "and another looop took it: this pulse ends",
  );
});

Deno.test("pulse keeps other pulses and ticks of its profile out", async () => {
  await using profile = await tempProfile();
  await using running = new RunningPulse(profile, scripted().decide);
  await running.ticks(1);
  const signal = new AbortController().signal;
  await assertRejects(() => pulse(profile, { signal }), UserError, "a pulse is already running on");
  await assertRejects(() => tickOnce(profile), UserError, "a pulse is running on");
});
