import { ownPid } from "./host/own_pid.ts";
import { tryLock } from "./host/lock.ts";
import type { TickResult } from "./model/tick_result.ts";
import { UserError } from "./model/user_error.ts";
import { surface } from "./humans/surface.ts";
import { ensureProfile } from "./profile/ensure_profile.ts";
import { noteTick } from "./profile/note_tick.ts";
import type { Profile } from "./profile/profile.ts";
import { tick } from "./tick.ts";
import type { TickInput } from "./tick_input.ts";

/** What one tick by itself takes besides the profile; all of it is optional. */
export interface TickOnceInput extends TickInput {
  /** Told of the starter files that a first run wrote. */
  onSeeded?(paths: string[]): void | Promise<void>;
}

/**
 * One tick by itself: makes the profile ready, and keeps other ticks of it out meanwhile.
 *
 * @throws {UserError} where a pulse, or another tick, of this profile is running.
 */
export async function tickOnce(profile: Profile, input: TickOnceInput = {}): Promise<TickResult> {
  const { seeded } = await ensureProfile(profile);
  if (seeded.length > 0) await input.onSeeded?.(seeded);
  const result = await tickAlone(profile, input);
  // The next tick need not wait until the person has been told.
  if (!input.dryRun) await (await surface(profile, input.signal)).done;
  return result;
}

async function tickAlone(profile: Profile, input: TickInput): Promise<TickResult> {
  const { paths } = profile;
  using held = await tryLock(paths.pulseLock, `${ownPid()}\n`);
  if (!held) {
    throw new UserError(
      `a pulse is running on ${paths.dataDir}: it ticks by itself. looop status shows it, Ctrl-C there stops it.`,
    );
  }
  const result = await tick(profile, input);
  await noteTick(profile, result);
  return result;
}
