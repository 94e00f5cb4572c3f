import { dirname } from "@std/path";
import { tryLock } from "./host/lock.ts";
import { ownPid } from "./host/own_pid.ts";
import { UnderWay } from "./host/under_way.ts";
import { Watch } from "./host/watch.ts";
import { surface } from "./humans/surface.ts";
import { humanChanged, type HumanInputs, readHumanInputs } from "./human_inputs.ts";
import type { TickResult } from "./model/tick_result.ts";
import { UserError } from "./model/user_error.ts";
import { nextWait } from "./next_wait.ts";
import { appendEvent } from "./profile/events.ts";
import { noteTick } from "./profile/note_tick.ts";
import type { Profile } from "./profile/profile.ts";
import { notePulseRun } from "./profile/pulse_run.ts";
import { readConfig } from "./profile/read_config.ts";
import { anyAlive } from "./workers/any_alive.ts";
import { tick } from "./tick.ts";
import type { TickInput } from "./tick_input.ts";

/** What a pulse takes besides the profile. */
export interface PulseInput extends Omit<TickInput, "dryRun" | "only"> {
  /** Ends the pulse: the tick under way is finished or cleanly abandoned. */
  signal: AbortSignal;
  /** Told of every tick, and how many seconds the pulse will wait after it unless a person wakes it. */
  onTick?(result: TickResult, waitS: number): void | Promise<void>;
  /** Told of a tick that threw: the pulse lives on. */
  onError?(error: unknown, waitS: number): void | Promise<void>;
}

/** Milliseconds that edits are left to settle, since an editor writes more than once. */
const SETTLE_MS = 50;

/**
 * Ticks on a cadence until it is told to stop. A person's edit of PLAYBOOK, goals or config, an answer, or
 * the end of a pause starts the next tick at once; what the loop itself writes does not.
 *
 * @throws {UserError} where another pulse, or a tick, of this profile is running.
 */
export async function pulse(opened: Profile, input: PulseInput): Promise<void> {
  using held = await tryLock(opened.paths.pulseLock, `${ownPid()}\n`);
  if (!held) {
    throw new UserError(`a pulse is already running on ${opened.paths.dataDir}: looop status`);
  }
  await notePulseRun(opened);
  await appendEvent(opened, { event: "pulse", running: true });
  const { paths } = opened;
  const folders = [paths.dataDir, paths.goals, paths.asks, paths.own, dirname(opened.configPath)];
  using watch = new Watch(folders, (folder, error) => {
    if (folder !== dirname(opened.configPath)) {
      opened.warn(
        `cannot watch ${folder}, so edits there wait for the next tick: ${error.message}`,
      );
    }
  });
  let failures = 0;
  const surfacing = new UnderWay();
  while (!input.signal.aborted) {
    const before = await readHumanInputs(opened);
    let result: TickResult | null = null;
    let error: unknown = null;
    let profile = opened;
    try {
      profile = { ...opened, ...await reload(opened) };
      result = await tick(profile, input);
      failures = result.outcome === "failed" ? failures + 1 : 0;
      await noteTick(profile, result);
    } catch (thrown) {
      if (input.signal.aborted) break;
      error = thrown;
      failures += 1;
    }
    surfacing.add((await surface(profile, input.signal)).done);
    const waitS = nextWait(result, profile.config, failures, await anyAlive(paths));
    if (result) await input.onTick?.(result, waitS);
    else await input.onError?.(error, waitS);
    const after = await readHumanInputs(opened);
    const own = ["parked", ...(result?.outcome === "moved" ? result.result.paths : [])];
    if (!humanChanged(before, after, own)) {
      await waitForHuman(opened, watch, after, waitS, input.signal);
    }
  }
  await surfacing.ended();
  await appendEvent(opened, { event: "pulse", running: false });
}

async function reload(
  { configPath, env }: Profile,
): Promise<Pick<Profile, "config" | "configDigest">> {
  const { config, digest } = await readConfig(configPath, env);
  return { config, configDigest: digest };
}

/** Waits, but no longer than until a person changes something. */
async function waitForHuman(
  profile: Profile,
  watch: Watch,
  seen: HumanInputs,
  waitS: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const timer = profile.clock.sleep(waitS * 1000, stop).then(() => over.abort());
  while (!stop.aborted) {
    await watch.changed(stop);
    await profile.clock.sleep(SETTLE_MS, stop);
    if (!stop.aborted && humanChanged(seen, await readHumanInputs(profile))) over.abort();
  }
  await timer;
}
