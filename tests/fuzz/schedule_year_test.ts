import { assert, assertEquals } from "@std/assert";
import { parseSchedule } from "../../src/profile/schedule_file.ts";
import { newestSlot } from "../../src/profile/slots.ts";
import { slotsByTemporal } from "../support/slots_by_temporal.ts";
import { decided, linesOf, scheduled } from "../loop/scheduled.ts";

const CRONS: Record<string, [cron: string, tz: string]> = {
  standup: ["0 9 * * 1-5", "Europe/Berlin"],
  night: ["30 2 * * *", "America/New_York"],
  island: ["45 1 * * 0", "Australia/Lord_Howe"],
  month_end: ["0 18 L * *", "Asia/Kathmandu"],
  leap: ["0 0 29 2 *", "UTC"],
};
const YEAR_MS = 366 * 86_400_000;
const START = Date.parse("2027-09-01T00:00:00Z");

/** All slots between two times, without the cron library. */
function slotsOf(cron: string, tz: string, from: number, to: number): string[] {
  const slots: string[] = [];
  for (let at = from; at < to;) {
    const { next, to: end } = slotsByTemporal(cron, tz, new Date(at));
    at = next?.getTime() ?? end.getTime();
    if (next && at <= to) slots.push(next.toISOString());
  }
  return slots;
}

Deno.test("in a year of ticks at random times each slot is handled once, or skipped with a line", async () => {
  const seed = Number(Deno.env.get("LOOOP_FUZZ_SEED")) || Math.trunc(Math.random() * 1e9);
  console.log(`LOOOP_FUZZ_SEED=${seed}`);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const { profile, clock } = await scheduled({});
  await using _ = profile;
  clock.set(new Date(START).toISOString());
  for (const [i, [name, [cron, tz]]] of Object.entries(CRONS).entries()) {
    const skip = i % 2 === 0 ? "catch_up: skip\n" : "";
    await profile.write(`schedules/${name}.yaml`, `cron: "${cron}"\ntz: ${tz}\n${skip}`);
    await Deno.utime(`${profile.paths.schedules}/${name}.yaml`, clock.now(), clock.now());
  }
  await decided(profile);
  const handled: Record<string, string[]> = {};
  const zoned = (name: string, local: string) => {
    const [day, time] = local.split(" ");
    const wall = Temporal.PlainDateTime.from(`${day}T${time}`);
    return new Date(wall.toZonedDateTime(CRONS[name][1]).epochMilliseconds).toISOString();
  };
  while (clock.now().getTime() < START + YEAR_MS) {
    // Mostly awake, at times asleep for hours or weeks.
    const asleep = random();
    const hours = asleep < 0.6 ? random() * 4 : asleep < 0.97 ? random() * 40 : random() * 700;
    clock.pass(Math.round(hours * 3_600_000));
    for (let i = 0; i <= Object.keys(CRONS).length; i++) {
      const { prompts, outcome } = await decided(profile);
      for (
        const [, name, local] of (prompts[0] ?? "").matchAll(
          /^added schedule:(\w+)\n {2}due: (.*) /gm,
        )
      ) {
        (handled[name] ??= []).push(zoned(name, local));
      }
      if (outcome === "idle") break;
      assertEquals(outcome, "moved");
    }
  }
  const skipped: Record<string, string[]> = {};
  for (const line of await linesOf(profile)) {
    const late = /^schedule (\w+): skipped ([\d-]+ [\d:]+) \S+: it is over 15 minutes late$/.exec(
      line,
    );
    if (late) (skipped[late[1]] ??= []).push(zoned(late[1], late[2]));
    const range = /^schedule (\w+): skipped (\d+) slots?, ([\d-]+ [\d:]+) (?:to ([\d-]+ [\d:]+) )?/
      .exec(line);
    if (!range) continue;
    const [, name, count, first, last = first] = range;
    const [from, to] = [zoned(name, first), zoned(name, last)];
    const slots = slotsOf(...CRONS[name], Date.parse(from) - 1, Date.parse(to));
    assertEquals(slots.length, Number(count), line);
    (skipped[name] ??= []).push(...slots);
  }
  for (const [name, [cron, tz]] of Object.entries(CRONS)) {
    const now = clock.now().getTime();
    const both = [...handled[name] ?? [], ...skipped[name] ?? []].sort();
    // A slot that is skipped or repeated by the clock is shown by what the clock said then.
    assertEquals(both, slotsOf(cron, tz, START, now), name);
    const parsed = parseSchedule(name, `cron: "${cron}"\ntz: ${tz}\n`);
    assert(typeof parsed !== "string");
    assertEquals(newestSlot(parsed, clock.now())?.toISOString(), both.at(-1));
  }
  assert(Object.values(handled).flat().length > 50 && Object.values(skipped).flat().length > 20);
});
