import { type Lock, tryLock } from "../os/lock.ts";
import { ownPid } from "../os/env.ts";
import { ensureProfile } from "../profile/ensure.ts";
import { noteTick } from "../profile/markers.ts";
import type { Paths } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import { UserError } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { TickResult } from "../schema/tick_result.ts";
import type { Worker } from "../schema/worker.ts";
import { tick, type TickInput } from "./tick.ts";

/** Options of a single tick. */
export interface TickOnceInput extends Omit<TickInput, "onObserved"> {
  /** Delivers the notifications that are due. Default: the tick waits for them, for a minute at most. */
  deliver?(): Promise<void>;
  /** Receives the starter files that a first run wrote. */
  onSeeded?(paths: string[]): void | Promise<void>;
}

/**
 * Runs a single tick: prepares the profile, and excludes other ticks of it meanwhile; with `dryRun` it works beside them.
 *
 * @throws {UserError} if a pulse or another tick of this profile is running.
 */
export async function tickOnce(profile: Profile, input: TickOnceInput = {}): Promise<TickResult> {
  await prepare(profile, input);
  const { config, env } = profile;
  let workers: Worker[] | undefined;
  const onObserved = (world: { workers: Worker[] }) => void (workers = world.workers);
  const result = await tickAlone(profile, { ...input, onObserved });
  // Most scheduled ticks have no one to notify, and need not load how.
  const reports = [config.notify, config.heartbeat, env("TMUX")].some((way) => way !== undefined);
  if (!input.dryRun && reports) {
    // Outside the lock: the next tick need not wait for notifications.
    const { reportTick } = await import("./report.ts");
    const { done, problem } = await reportTick(profile, result, { ...input, workers });
    await done;
    const why = await problem();
    if (why !== null) profile.warn(why);
  }
  return result;
}

async function prepare(profile: Profile, { onSeeded }: TickOnceInput): Promise<void> {
  const { seeded } = await ensureProfile(profile);
  if (seeded.length > 0) await onSeeded?.(seeded);
}

/** Takes the lock that excludes other pulses and ticks of a profile; returns `null` if another process has it. */
export async function takePulseLock({ pulseLock }: Paths): Promise<Lock | null> {
  return await tryLock(pulseLock, `${ownPid()}\n`);
}

async function tickAlone(profile: Profile, input: TickInput): Promise<TickResult> {
  const { paths } = profile;
  // It applies nothing, so it excludes no other tick, and is none that a status shows.
  if (input.dryRun) return await tick(profile, input);
  using held = await takePulseLock(paths);
  if (!held) {
    throw new UserError(
      `cannot tick: a pulse is running on ${paths.dataDir}, which ticks by itself; looop tick --wake makes it tick now`,
    );
  }
  const result = await tick(profile, input);
  await noteTick(profile, result);
  return result;
}

/**
 * Decides and applies one move for one goal, even if nothing changed; the goal may be archived. It works beside a running
 * pulse: one waits while the other applies a move.
 *
 * @throws {UserError} with a list of goals if there is none with this id.
 */
export async function runGoal(
  profile: Profile,
  id: string,
  input: Omit<TickOnceInput, "only"> = {},
): Promise<TickResult> {
  await prepare(profile, input);
  const { findGoal } = await import("../documents/goals.ts");
  const { parseGoal } = await import("../profile/goal_file.ts");
  const { bytes } = findGoal(profile, id);
  const only = parseGoal(id, new TextDecoder().decode(bytes), await sha256Hex(bytes));
  return await tick(profile, { ...input, only });
}
