import { surface } from "../inbox/notify.ts";
import { watchMailbox } from "../mailbox/watch.ts";
import { makeMask } from "../mask/mask.ts";
import { PendingTasks } from "../os/clock.ts";
import { type Notices, Watch } from "../os/watch.ts";
import { tidy } from "../profile/archive.ts";
import { readConfig } from "../profile/config.ts";
import { appendEvent } from "../profile/events.ts";
import { notePulseRun, noteTick } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import type { Config } from "../schema/config.ts";
import { UserError } from "../schema/errors.ts";
import type { TickResult } from "../schema/status.ts";
import { anyAlive } from "../workers/list.ts";
import { ErrorReporter, type Listeners, nextWait } from "./backoff.ts";
import { PulseLock } from "./pulse_lock.ts";
import { tick, type TickInput } from "./tick.ts";
import {
  isWrittenByEditor,
  readUserInputs,
  userChanges,
  userInputPaths,
  type UserInputs,
} from "./wake.ts";

/** What a pulse takes besides the profile. */
export interface PulseInput extends Omit<TickInput, "dryRun" | "only">, Listeners {
  /** Ends the pulse: the tick under way is finished or cleanly abandoned. */
  signal: AbortSignal;
  /** Tells it of changes to what {@linkcode userInputPaths} names. Default: it looks again and again. */
  notices?: Notices;
}

/** Milliseconds that edits are left to settle, since an editor may write more than once. */
const SETTLE_MS = 50;

/** Milliseconds at least until the next tick after trouble: a fault that comes and goes must not make it spin. */
const TROUBLE_MS = 500;

/**
 * Ticks on a cadence until it is told to stop, whatever goes wrong meanwhile. A person's edit of PLAYBOOK,
 * goals or config, an answer, or the end of a pause starts the next tick at once; what the loop itself writes
 * does not.
 *
 * @throws {UserError} where another pulse, or a tick, of this profile is running, at its start or because the lock
 * file was removed meanwhile, or its directory takes no files.
 */
export async function pulse(opened: Profile, input: PulseInput): Promise<void> {
  using held = await PulseLock.take(opened);
  if (!held) {
    throw new UserError(`a pulse is already running on ${opened.paths.dataDir}: looop status`);
  }
  await notePulseRun(opened);
  await appendEvent(opened, { event: "pulse", running: true });
  await tidy(opened);
  await using _ = watchMailbox(opened, input.notices);
  await keepTicking(opened, held, input);
  await appendEvent(opened, { event: "pulse", running: false });
}

async function keepTicking(opened: Profile, held: PulseLock, input: PulseInput): Promise<void> {
  const { signal } = input;
  const trouble = new ErrorReporter(input);
  const surfacing = new PendingTasks();
  while (!signal.aborted) {
    if (!await held.keep()) {
      const { pulseLock, dataDir } = opened.paths;
      throw new UserError(
        `${pulseLock} was removed, and another looop took it: this pulse ends. looop status tells who runs on ${dataDir}`,
      );
    }
    const before = await readUserInputs(opened);
    const beat = await runIteration(opened, input);
    surfacing.add(beat.surfaced);
    if (beat.error && signal.aborted) break;

    const failures = trouble.count(beat);
    const waitS = nextWait(beat.result, beat.config, failures, beat.working);
    await trouble.tell(beat, waitS);
    if (beat.error) await opened.clock.sleep(TROUBLE_MS, signal);

    const watch = new Watch(userInputPaths(opened), input.notices);
    const after = await readUserInputs(opened);
    if (userChanges(before, after, ownWrites(beat.result)).length === 0) {
      await waitForUser(opened, watch, after, waitS, signal);
    }
  }
  await surfacing.ended();
}

/** What a tick itself writes of all that a person may change. */
function ownWrites(result: TickResult | null): string[] {
  return ["parked", ...(result?.outcome === "moved" ? result.result.paths : [])];
}

/** Waits, but no longer than until a person changes something. */
async function waitForUser(
  profile: Profile,
  watch: Watch,
  seen: UserInputs,
  waitS: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const timer = profile.clock.sleep(waitS * 1000, stop).then(() => over.abort());
  while (!stop.aborted) {
    await watch.changed(stop);
    let changes = userChanges(seen, await readUserInputs(profile));
    if (changes.some(isWrittenByEditor)) {
      await profile.clock.sleep(SETTLE_MS, stop);
      changes = userChanges(seen, await readUserInputs(profile));
    }
    if (changes.length > 0) over.abort();
  }
  await timer;
}

/** What one beat of a pulse came to. */
export interface Iteration {
  /** `null` where the tick threw. */
  result: TickResult | null;
  /** What went wrong in or after the tick; `null` where nothing did. */
  error: Error | null;
  /** What the tick ran on. */
  config: Config;
  /** Whether a worker lives. */
  working: boolean;
  /** Resolves when the person has been told of what waits for them; never rejects. */
  surfaced: Promise<void>;
}

/** One beat of a pulse: reads the config anew, ticks, and tells the person what waits for them. Never throws. */
export async function runIteration(opened: Profile, input: TickInput): Promise<Iteration> {
  const { config, paths } = opened;
  const surfaced = Promise.resolve();
  const beat: Iteration = { result: null, error: null, config, working: false, surfaced };
  let profile = opened;
  try {
    const loaded = await readConfig(opened.configPath, opened.env);
    const mask = makeMask(opened.environment, loaded.config.redact);
    profile = {
      ...opened,
      ...{ config: loaded.config, configDigest: loaded.digest, mask },
      warn: (text) => opened.warn(mask(text)),
    };
    beat.config = profile.config;
    beat.result = await tick(profile, input);
    beat.working = anyAlive(paths);
    await noteTick(profile, beat.result);
  } catch (error) {
    beat.error = error instanceof Error ? error : new Error(String(error));
  }
  beat.surfaced = (await surface(profile, input.signal)).done;
  return beat;
}
