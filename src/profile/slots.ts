import { Cron } from "croner";
import type { Schedule, Timing } from "../schema/schedule.ts";

/** What the slots of a schedule follow from. */
type Slots = Pick<Schedule, "timing" | "until">;

/** Returns the newest slot at or before a time; `null` if there is none. */
export function newestSlot({ timing, until }: Slots, now: Date): Date | null {
  const last = until === undefined ? now : new Date(Math.min(Date.parse(until), now.getTime()));
  if ("everyMs" in timing) {
    return new Date(Math.floor(last.getTime() / timing.everyMs) * timing.everyMs);
  }
  if ("at" in timing) {
    const slot = instantOf(timing);
    return slot <= last ? slot : null;
  }
  // It finds what is before a time, to the second.
  const bound = new Date(Math.floor(last.getTime() / 1000 + 1) * 1000);
  return cronOf(timing).previousRuns(1, bound)[0] ?? null;
}

/** Returns the first slot after a time; `null` if there is none. */
export function nextSlot({ timing, until }: Slots, now: Date): Date | null {
  const slot = nextOf(timing, now);
  return slot && until !== undefined && slot.getTime() > Date.parse(until) ? null : slot;
}

function nextOf(timing: Timing, now: Date): Date | null {
  if ("everyMs" in timing) {
    return new Date((Math.floor(now.getTime() / timing.everyMs) + 1) * timing.everyMs);
  }
  if ("cron" in timing) return cronOf(timing).nextRun(now);
  const slot = instantOf(timing);
  return slot > now ? slot : null;
}

/** Returns the next slots after a time, oldest first. */
export function nextSlots(schedule: Slots, from: Date, count: number): Date[] {
  const slots: Date[] = [];
  for (let slot = nextSlot(schedule, from); slot && slots.length < count;) {
    slots.push(slot);
    slot = nextSlot(schedule, slot);
  }
  return slots;
}

/** How many missed slots are counted one by one: finding each takes a tenth of a millisecond. */
const MAX_COUNTED = 1000;

/** The slots between two times, without these. */
export interface SlotRange {
  count: number;
  /** There are more than `count`. */
  more: boolean;
  first: Date;
  last: Date;
}

/** Returns the slots after a time and before a slot; `null` if there are none. */
export function slotsBetween(schedule: Slots, after: Date, before: Date): SlotRange | null {
  const first = nextSlot(schedule, after);
  const last = newestSlot(schedule, new Date(before.getTime() - 1));
  if (!first || !last || first >= before) return null;
  const { timing } = schedule;
  if ("everyMs" in timing) {
    const count = Math.round((last.getTime() - first.getTime()) / timing.everyMs) + 1;
    return { count, more: false, first, last };
  }
  let count = 1;
  const cron = "cron" in timing ? cronOf(timing) : null;
  for (let slot: Date | null = first; cron && slot && slot < last && count <= MAX_COUNTED;) {
    slot = cron.nextRun(slot);
    count++;
  }
  return count > MAX_COUNTED
    ? { count: MAX_COUNTED, more: true, first, last }
    : { count, more: false, first, last };
}

/** Writes a timing in one line, such as `0 9 * * 1-5 Europe/Berlin`. */
export function describeTiming(timing: Timing): string {
  if ("cron" in timing) return `${timing.cron} ${timing.tz}`;
  if ("at" in timing) return `at ${timing.at.replace("T", " ")} ${timing.tz}`;
  const minutes = timing.everyMs / 60_000;
  if (minutes % 1440 === 0) return `every ${minutes / 1440}d`;
  return minutes % 60 === 0 ? `every ${minutes / 60}h` : `every ${minutes}m`;
}

/** Writes a slot in the zone of its schedule, such as `2026-12-01 09:00 Europe/Berlin`. */
export function describeSlot(timing: Timing, slot: Date): string {
  const tz = "tz" in timing ? timing.tz : "UTC";
  const local = Temporal.Instant.fromEpochMilliseconds(slot.getTime()).toZonedDateTimeISO(tz);
  const time = local.toPlainDateTime().toString({ smallestUnit: "minute" }).replace("T", " ");
  return `${time} ${tz}`;
}

/** Writes slots in one line, such as `3 slots, 2026-12-01 09:00 to 2026-12-03 09:00 Europe/Berlin`. */
export function describeRange(timing: Timing, { count, more, first, last }: SlotRange): string {
  const shown = describeSlot(timing, last);
  if (count === 1) return `1 slot, ${shown}`;
  const [day, time] = describeSlot(timing, first).split(" ");
  return `${more ? "more than " : ""}${
    count.toLocaleString("en")
  } slots, ${day} ${time} to ${shown}`;
}

/**
 * Makes an expression's enumerator. As in Vixie cron, a time of day without `*` and steps is one slot a day: if the clock
 * skips it, it is due when the clock has jumped, and if the clock repeats it, the first time. Other expressions follow the
 * clock: they skip and repeat with it.
 *
 * @throws {TypeError} if the expression is invalid.
 */
export function cronOf({ cron, tz }: Extract<Timing, { cron: string }>): Cron {
  return new Cron(cron, {
    timezone: tz,
    paused: true,
    mode: "5-part",
    fixedTimeRule: "no-wildcard",
  });
}

/** The instant of a wall-clock time: the first of two; for one that the clock skips, the end of the gap. */
function instantOf({ at, tz }: Extract<Timing, { at: string }>): Date {
  const wall = Temporal.PlainDateTime.from(at);
  const earlier = wall.toZonedDateTime(tz, { disambiguation: "earlier" });
  if (earlier.toPlainDateTime().equals(wall)) return new Date(earlier.epochMilliseconds);
  const later = wall.toZonedDateTime(tz, { disambiguation: "later" });
  // The clock jumps between the two.
  const jump = earlier.getTimeZoneTransition("next");
  return new Date(Math.min(jump?.epochMilliseconds ?? Infinity, later.epochMilliseconds));
}
