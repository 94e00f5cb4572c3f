import { findGoal } from "../documents/goals.ts";
import { surface } from "../inbox/notify.ts";
import { tryLock } from "../os/lock.ts";
import { ownPid } from "../os/self.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { parseGoal } from "../profile/goal_file.ts";
import { noteTick } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { TickResult } from "../schema/status.ts";
import { tick, type TickInput } from "./tick.ts";

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

/**
 * Decides and makes one move for one goal, whether or not anything changed; the goal may be an archived one.
 * It works beside a running pulse: whichever makes a move first, the other waits for it.
 *
 * @throws {UserError} listing the goals, where there is none of this id.
 */
export async function runGoal(
  profile: Profile,
  id: string,
  input: Omit<TickOnceInput, "only"> = {},
): Promise<TickResult> {
  const { seeded } = await ensureProfile(profile);
  if (seeded.length > 0) await input.onSeeded?.(seeded);
  const { bytes } = findGoal(profile, id);
  const only = parseGoal(id, new TextDecoder().decode(bytes), await sha256Hex(bytes));
  return await tick(profile, { ...input, only });
}
