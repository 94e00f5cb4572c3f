/**
 * The loop: one tick, the pulse that repeats it, and what both report.
 *
 * - `pulse.ts` ticks on a cadence; `backoff.ts` decides when, `wake.ts` sees what the user changes meanwhile
 * - `tick.ts` is one pass; `news.ts` adds what schedules and goals have to it, `move.ts` plans and begins its move; `run.ts` ticks once
 * - `status.ts` reads the status of a profile; `handoff.ts` prepares it for another machine
 *
 * @module
 */

// What faults need is loaded at the start: without a file descriptor left, nothing can be.
import "../log/recover.ts";
import "../profile/repair.ts";
import "../profile/config_problems.ts";
import { watchMailbox } from "../mailbox/watch.ts";
import type { Lock } from "../os/lock.ts";
import { type Notices, Watch } from "../os/watch.ts";
import { appendEvent, tidy } from "../profile/journal.ts";
import { restoreDirs } from "../profile/ensure.ts";
import { notePulseRun, noteTick, noteTickError } from "../profile/markers.ts";
import type { Paths } from "../profile/paths.ts";
import { type Profile, refreshConfig } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { UserError } from "../schema/errors.ts";
import type { Worker } from "../schema/worker.ts";
import { anyAlive } from "../workers/list.ts";
import {
  type Iteration,
  type Listeners,
  nextTick,
  report,
  reportConfig,
  toError,
  untilSlot,
} from "./backoff.ts";
import { announceAtOnce, type Reported, reportTick, TickErrors } from "./report.ts";
import { takePulseLock } from "./run.ts";
import { tick, type TickInput } from "./tick.ts";
import {
  isWrittenByEditor,
  readUserInputs,
  userChanges,
  userInputPaths,
  type UserInputs,
} from "./wake.ts";

/** What a pulse takes besides the profile. */
export interface PulseInput extends Omit<TickInput, "dryRun" | "only" | "onObserved">, Listeners {
  /** Stops the pulse: the current tick is finished or cleanly abandoned. */
  signal: AbortSignal;
  /** Reports changes to what {@linkcode userInputPaths} lists. Default: it polls. */
  notices?: Notices;
}

/** Milliseconds that edits are left to settle, since an editor may write more than once. */
const SETTLE_MS = 50;

/** Min. milliseconds until the next tick after an error: one that comes and goes must not make the pulse spin. */
const MIN_ERROR_WAIT_MS = 500;

/**
 * Ticks on a cadence until it is stopped, whatever goes wrong meanwhile. A user's edit of PLAYBOOK, goals, schedules or
 * config, an answer, the end of a pause, or the next slot of a schedule starts the next tick at once; what the loop itself
 * writes does not.
 *
 * @throws {UserError} if another pulse or tick of this profile is running, at its start or because the lock file was
 * removed meanwhile, or if the directory of the lock file is not writable.
 */
export async function pulse(opened: Profile, input: PulseInput): Promise<void> {
  const lock = await takePulseLock(opened.paths);
  if (!lock) {
    throw new UserError(
      `cannot start a pulse: one is already running on ${opened.paths.dataDir}; see looop status`,
    );
  }
  const held = { lock };
  using _lock = { [Symbol.dispose]: () => held.lock.release() };
  const runId = await notePulseRun(opened);
  await appendEvent(opened, { event: "pulse", running: true });
  await tidy(opened);
  await using _ = watchMailbox(opened, input.notices);
  await keepTicking({ opened, runId, held }, input);
  await appendEvent(opened, { event: "pulse", running: false });
}

/**
 * Takes the pulse lock again if its file was removed or replaced, so that no other process can have it too. If that fails,
 * the next call tries again.
 *
 * @throws {UserError} if another process has taken it meanwhile.
 */
export async function renew(held: { lock: Lock }, paths: Paths): Promise<void> {
  if (await held.lock.isOn(paths.pulseLock)) return;
  // What is wrong with the directory, the tick reports.
  const lock = await takePulseLock(paths).catch(() => held.lock);
  if (!lock) {
    throw new UserError(
      `cannot continue this pulse: ${paths.pulseLock} was removed, and another looop runs on ${paths.dataDir} now; see looop status`,
    );
  }
  if (lock !== held.lock) held.lock.release();
  held.lock = lock;
}

async function keepTicking(
  { opened, runId, held }: { opened: Profile; runId: string; held: { lock: Lock } },
  input: PulseInput,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([input.signal, over.signal]);
  const live = { profile: opened, runId, errors: new TickErrors() };
  const told = { error: "" };
  const announcing = announceAtOnce({
    ...{ ...input, signal, told, unrecorded: live.errors.unrecorded },
    current: () => live.profile,
  });
  let notifying = Promise.resolve();
  let [failures, undelivered] = [0, ""];
  let configProblem: string | undefined;
  try {
    while (!signal.aborted) {
      await renew(held, opened.paths);
      const before = await readUserInputs(opened);
      const { notified, ...iteration } = await runIteration(
        opened,
        live,
        { ...input, signal },
        failures,
      );
      notifying = Promise.all([notifying, notified.done]).then(() => undefined);
      if (iteration.error && signal.aborted) break;

      if (live.profile.configProblem !== configProblem) {
        configProblem = live.profile.configProblem;
        await reportConfig(configProblem ?? null, input, live.profile);
      }
      const next = nextTick(iteration, failures);
      failures = next.failures;
      told.error = await report(iteration, next.waitS, told.error, input);
      const problem = await notified.problem() ?? "";
      if (problem !== "" && problem !== undelivered) live.profile.warn(problem);
      undelivered = problem;
      if (iteration.error) await opened.clock.sleep(MIN_ERROR_WAIT_MS, signal);

      const watch = new Watch(userInputPaths(opened), input.notices);
      const after = await readUserInputs(opened);
      const { result } = iteration;
      const ownWrites = result?.outcome === "moved" ? result.result.paths : [];
      if (userChanges(before, after, ["parked", ...ownWrites]).length === 0) {
        await waitForUser(opened, watch, after, next.waitS, signal);
      }
    }
  } finally {
    over.abort();
    await Promise.all([notifying, announcing]);
  }
}

/**
 * One iteration: reads the config again, or stays with the last valid one, ticks, and notifies the user of what waits for them. Never throws.
 *
 * @param live its profile is replaced by one with the present config
 */
async function runIteration(
  opened: Profile,
  live: { profile: Profile; runId: string; errors: TickErrors },
  input: TickInput & { signal: AbortSignal },
  failures: number,
): Promise<Iteration & { notified: Reported }> {
  const { config } = live.profile;
  const iteration: Iteration = { result: null, error: null, config, working: false };
  let workers: Worker[] | undefined;
  try {
    restoreDirs(opened);
    const profile = await refreshConfig(opened, live.profile);
    live.profile = profile;
    iteration.config = profile.config;
    await live.errors.tell(profile, input.signal);
    const { interval } = profile.config;
    if (interval !== config.interval) await notePulseRun(profile, live.runId);
    const onObserved = (world: { workers: Worker[] }) => void (workers = world.workers);
    iteration.result = await tick(profile, { ...input, onObserved });
    iteration.working = anyAlive(profile.paths);
    iteration.untilSlotS = untilSlot(await readState(profile), profile.clock.now());
    await noteTick(profile, iteration.result, nextTick(iteration, failures).waitS);
    await live.errors.over(profile);
  } catch (error) {
    iteration.error = toError(error);
    const why = live.profile.mask(iteration.error.message);
    live.errors.failed(why, opened.clock.now());
    await noteTickError(opened, why);
  }
  const { signal } = input;
  const notified = await reportTick(live.profile, iteration.result, {
    ...{ workers, unrecorded: live.errors.unrecorded, signal },
  });
  return { ...iteration, notified };
}

/** Waits until the time is over or the user changes something. */
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
