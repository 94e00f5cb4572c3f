import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import { canonicalJson } from "../schema/json.ts";
import type {
  DueSlot,
  Schedule,
  ScheduleFile,
  ScheduleRecord,
  ScheduleRecords,
} from "../schema/schedule.ts";
import type { State } from "../schema/state.ts";
import type { GoalFile, World } from "../schema/world.ts";

/** Milliseconds after which a slot is too late for a schedule with `catch_up: skip`. */
const LATE_MS = 15 * 60_000;
/** A slot handled so far in the future was handled before the clock was set back, in milliseconds. */
const MAX_AHEAD_MS = 86_400_000;

/**
 * Adds the slots that are due to the schedules of a world: of each the newest one that has come, unless a move has handled
 * it or a later one. So sleep, a reboot and a clone need no case of their own.
 *
 * What was handled is in the state, with the next slot, so that an idle tick parses no schedule. The state is written when
 * a schedule is new, edited or gone: the slots of a new one, and of one with another timing, count from when its file was
 * written, those of a later tick than the last decision, and of `at` at any time.
 *
 * @param options `dryRun`: write nothing
 * @returns the state
 */
export async function findDueSlots(
  profile: Profile,
  { schedules, at }: Pick<World<GoalFile>, "schedules" | "at">,
  state: State,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<State> {
  const { mask } = profile;
  const records: ScheduleRecords = {};
  const now = new Date(at);
  for (const file of schedules) {
    const { name } = file;
    const known = Object.hasOwn(state.schedules, name) ? state.schedules[name] : undefined;
    if (known && isQuiet(file, known, now)) {
      records[name] = known;
      continue;
    }
    // Imported here since they load a parser of YAML and one of cron.
    const { parseSchedule, schedulePitfalls } = await import("../profile/schedule_file.ts");
    const schedule = file.error ?? parseSchedule(name, file.exact ?? file.text);
    if (typeof schedule === "string") {
      profile.warn(file.error ?? `schedules/${name}.yaml: ${schedule}`);
      // The user may be in the middle of an edit.
      if (known) records[name] = known;
      continue;
    }
    for (const pitfall of schedulePitfalls(file.exact ?? file.text)) {
      profile.warn(`schedules/${name}.yaml: ${pitfall}`);
    }
    const slots = await import("../profile/slots.ts");
    const record = recordOf(slots, schedule, { file, known, state, now });
    records[name] = record;
    const due = record.next !== null && Date.parse(record.next) <= now.getTime()
      ? dueSlot(slots, schedule, record, now)
      : null;
    if (due) file.due = { ...due, note: mask(due.note) };
  }
  if (canonicalJson(records) === canonicalJson(state.schedules)) return state;
  if (dryRun) return { ...state, schedules: records };
  using _ = await lock(profile.paths.moveLock);
  const next = { ...await readState(profile), schedules: records };
  await writeState(profile, next);
  return next;
}

type Slots = typeof import("../profile/slots.ts");

function isQuiet({ digest, error }: ScheduleFile, known: ScheduleRecord, now: Date): boolean {
  return error === undefined && digest === known.digest && !isAhead(known, now) &&
    (known.next === null || Date.parse(known.next) > now.getTime());
}

function isAhead({ handled }: ScheduleRecord, now: Date): boolean {
  return Date.parse(handled) - now.getTime() > MAX_AHEAD_MS;
}

interface Seen {
  file: ScheduleFile;
  known?: ScheduleRecord;
  state: State;
  now: Date;
}

function recordOf(slots: Slots, schedule: Schedule, seen: Seen): ScheduleRecord {
  const { file: { digest }, known, now } = seen;
  const timing = slots.describeTiming(schedule.timing);
  const goesOn = known?.timing === timing && !isAhead(known, now);
  const handled = goesOn ? known.handled : new Date(beginOf(schedule, seen)).toISOString();
  const next = slots.nextSlot(schedule, new Date(handled));
  return { digest, timing, handled, next: next?.toISOString() ?? null };
}

/** The time from which the slots of a new timing count, in milliseconds since 1970. */
function beginOf({ timing }: Schedule, { file: { modifiedMs }, known, state, now }: Seen): number {
  if ("at" in timing) return 0;
  const handled = known && !isAhead(known, now) ? Date.parse(known.handled) : 0;
  const decided = Date.parse(state.decided_at ?? "") || now.getTime();
  return Math.min(now.getTime(), Math.max(modifiedMs ?? now.getTime(), decided, handled));
}

function dueSlot(
  slots: Slots,
  { name, timing, note, do: move, catchUp, until, untrusted }: Schedule,
  { handled }: ScheduleRecord,
  now: Date,
): DueSlot | null {
  const after = new Date(handled);
  const slot = slots.newestSlot({ timing, until }, now);
  if (slot === null || slot <= after) return null;
  const missed = slots.slotsBetween({ timing, until }, after, slot);
  return {
    ...{ name, note, untrusted },
    slot: slot.toISOString(),
    local: slots.describeSlot(timing, slot),
    next: slots.nextSlot({ timing, until }, slot)?.toISOString() ?? null,
    ...(move ? { do: move } : {}),
    skip: catchUp === "skip" && now.getTime() - slot.getTime() > LATE_MS,
    missed: missed && slots.describeRange(timing, missed),
  };
}
