import { join } from "@std/path";
import { findDueSlots } from "../diff/schedules.ts";
import { listDir } from "../os/dirs.ts";
import { readBytes } from "../os/read.ts";
import { kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import { parseSchedule } from "../profile/schedule_file.ts";
import { describeSlot, describeTiming, nextSlots } from "../profile/slots.ts";
import { readState } from "../profile/state.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import type { ScheduleSummary } from "../schema/status.ts";
import { readSchedules } from "../sense/documents.ts";

/** Lists the names of the schedules. */
export function scheduleNames(dir: string): string[] {
  return listDir(dir).flatMap(({ name }) => /^([^.].*)\.yaml$/.exec(name)?.[1] ?? []);
}

/**
 * Finds a schedule by its name.
 *
 * @returns its file, with the path relative to the data directory.
 * @throws {UserError} listing the schedules, if there is none of this name.
 */
export function findSchedule(
  { paths }: Profile,
  name: string,
): { path: string; bytes: Uint8Array } {
  const path = `schedules/${name}.yaml`;
  const full = join(paths.dataDir, path);
  if (isId(name) && kindAt(full) !== "nothing") return { path, bytes: readBytes(full) };
  const names = scheduleNames(paths.schedules).join(", ") || "none";
  throw new UserError(`there is no schedule ${name} (there are ${names})`);
}

/** Lists the schedules by name, with what is due and what comes next. */
export async function listSchedules(profile: Profile): Promise<ScheduleSummary[]> {
  const quiet = { ...profile, warn: () => undefined };
  const schedules = await readSchedules(quiet);
  const now = profile.clock.now();
  // As the next tick would find them.
  const world = { schedules, at: now.toISOString() };
  await findDueSlots(quiet, world, await readState(profile), { dryRun: true });
  return schedules.map(({ name, text, exact, error, due }) => {
    const parsed = error ?? parseSchedule(name, exact ?? text);
    if (typeof parsed === "string") {
      const none = {
        timing: "",
        note: "",
        do: null,
        untrusted: false,
        next: null,
        next_local: null,
      };
      return { name, ...none, due: null, error: profile.mask(parsed) };
    }
    const [next = null] = nextSlots(parsed, now, 1);
    const { timing, note, untrusted } = parsed;
    return {
      ...{ name, note: profile.mask(note), untrusted },
      timing: describeTiming(timing),
      do: parsed.do?.action ?? null,
      due: due?.slot ?? null,
      next: next?.toISOString() ?? null,
      next_local: next && describeSlot(timing, next),
      error: null,
    };
  });
}

/**
 * Returns the next slots of a schedule.
 *
 * @throws {UserError} if there is none of this name, or it is invalid.
 */
export function upcomingSlots(
  profile: Profile,
  name: string,
  count: number,
): { slot: string; local: string }[] {
  const { path, bytes } = findSchedule(profile, name);
  const parsed = parseSchedule(name, new TextDecoder().decode(bytes));
  if (typeof parsed === "string") throw new UserError(`${path}: ${profile.mask(parsed)}`);
  return nextSlots(parsed, profile.clock.now(), count)
    .map((slot) => ({ slot: slot.toISOString(), local: describeSlot(parsed.timing, slot) }));
}
