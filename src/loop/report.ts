import { failingItem, PATIENCE_MS } from "../inbox/conditions.ts";
import {
  beat,
  deliver,
  isDelivering,
  isWanted,
  notify,
  readDeliveries,
} from "../inbox/deliveries.ts";
import { surface, type SurfaceInput } from "../inbox/notify.ts";
import { lock } from "../os/lock.ts";
import { poll } from "../os/clock.ts";
import { probeWrite } from "../os/write.ts";
import { runTool } from "../os/run_tool.ts";
import { type Notices, Watch } from "../os/watch.ts";
import { appendJournal, journalLine, lastedText } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { deliveryProblem, isDeliveryDue, isQuiet } from "../schema/notify.ts";
import type { TickResult } from "../schema/tick_result.ts";
import { writeShim } from "../workers/env.ts";

/** What a tick has started to report. */
export interface Reported {
  /** Resolves when all commands have ended; never rejects. */
  done: Promise<void>;
  /** Returns what could not be delivered, in one line; `null`: nothing. */
  problem(): Promise<string | null>;
}

/**
 * Reports the end of a tick: what is new for the user, with their `notify` command and in their tmux, and that it has
 * ended, with their `heartbeat` command. Never throws.
 *
 * @param result `null` if the tick did not complete, so that the heart does not beat
 */
export async function reportTick(
  profile: Profile,
  result: TickResult | null,
  input: SurfaceInput,
): Promise<Reported> {
  const beating = result === null || result.outcome === "stopped"
    ? Promise.resolve()
    : beat(profile, { outcome: result.outcome, text: textOf(result) }, input.signal)
      .catch((error) => profile.warn(`cannot run the heartbeat command: ${error}`));
  const { done } = await surface(profile, input);
  return {
    done: Promise.all([done, beating]).then(() => undefined),
    problem: async () => deliveryProblem(await readDeliveries(profile)),
  };
}

/** Milliseconds that a looop may take to start. */
const START_MS = 5000;
/** Milliseconds that a single tick waits for deliveries: most take less, and one that hangs must not delay it. */
const DELIVERY_MS = 3000;

/**
 * Delivers what is due in a looop of its own, which goes on where a command takes longer than some seconds. If that does
 * not start, this process delivers it.
 */
export async function deliverApart(profile: Profile): Promise<void> {
  const { config: { quiet_hours }, clock, environment, paths } = profile;
  const isBegun = async () => {
    const { pending } = await readDeliveries(profile);
    return !pending.some((one) => isDeliveryDue(one, clock.now())) || null;
  };
  if (await isBegun() || (quiet_hours && isQuiet(quiet_hours, clock.now()))) return;
  await writeShim(profile);
  const start = `set -m; "$@" </dev/null >/dev/null 2>&1 &`;
  const argv = ["bash", "-p", "-c", start, "looop", paths.shim, "deliver"];
  await runTool({ argv, env: environment });
  const begun = await poll(clock, isBegun, { everyMs: 50, timeoutMs: START_MS });
  if (!begun) return await deliver(profile);
  const isDone = async () => !isDelivering(await readDeliveries(profile), clock.now()) || null;
  await poll(clock, isDone, { everyMs: 100, timeoutMs: DELIVERY_MS });
}

/**
 * Ticks that could not end, as long as this lasts. A full disk takes no note of it: the user is notified from here, and it is
 * journaled afterwards.
 */
export class TickErrors {
  #first: { since: string; why: string } | null = null;
  /** Since when the errors last of which the user was, or is being, notified. */
  #toldSince: string | null = null;
  /** What the user was notified of, until that is recorded: then its end is reported as that of any other. */
  readonly unrecorded: NonNullable<SurfaceInput["unrecorded"]> = { trouble: null };

  /** Takes a tick's error; its text is masked already. */
  failed(why: string, at: Date): void {
    this.#first = { since: this.#first?.since ?? at.toISOString(), why };
  }

  /** Notifies the user once of errors that last, if the disk does not take the usual notification. Never throws. */
  async tell(profile: Profile, signal?: AbortSignal): Promise<void> {
    const { config: { notify: command, quiet_hours }, clock, paths } = profile;
    const first = this.#first;
    const now = clock.now();
    if (first === null || command === undefined || (quiet_hours && isQuiet(quiet_hours, now))) {
      return;
    }
    if (now.getTime() - Date.parse(first.since) < PATIENCE_MS) return;
    const item = failingItem(first);
    const isWritable = await probeWrite(paths.own).then(() => true, () => false);
    if (isWritable || this.#toldSince === first.since || !isWanted(profile, item)) return;
    this.#toldSince = first.since;
    this.unrecorded.trouble = { ...first, decided_at: "" };
    // No tick waits for it. Where it was recorded meanwhile, the end of it is reported at least.
    notify(profile, command, item, signal).then((why) => {
      if (why === null || this.unrecorded.trouble === null) return;
      [this.#toldSince, this.unrecorded.trouble] = [null, null];
    });
  }

  /** Journals them, once a tick has ended. Never throws: it tries again after the next. */
  async over(profile: Profile): Promise<void> {
    if (this.#first === null) return;
    try {
      const now = profile.clock.now();
      using _ = await lock(profile.paths.moveLock);
      const text = lastedText("ticks work again: they failed", this.#first, now);
      await appendJournal(profile, journalLine(now, text));
      this.#first = null;
    } catch (error) {
      profile.warn(`cannot journal that ticks failed: ${messageOf(error)}`);
    }
  }
}

/** The reason of a failure, or the journal line. */
function textOf(result: TickResult): string {
  if (result.outcome === "moved") return result.journal.trim();
  if (result.outcome === "failed") return result.error.message;
  return "why" in result ? result.why : "";
}

/** Options of {@linkcode announceAtOnce}. */
export interface AnnounceInput {
  /** Returns the profile with its present config. */
  current(): Profile;
  /** Reports changes to `asks/` and `events.jsonl`. Default: it polls. */
  notices?: Notices;
  /** Called after each change: an ask or a flag may be new. */
  onDemand?(): void | Promise<void>;
  /** The last error that was told, here or by a tick, and lasts; `""`: none. It is told once. */
  told: { error: string };
  /** See {@linkcode SurfaceInput}. */
  unrecorded: SurfaceInput["unrecorded"];
  /** Kills the commands that still run. */
  signal: AbortSignal;
}

/**
 * Reports asks and flags within a second, also while a tick decides or runs a command: at once those that are open, then
 * those that come. Workers write an event with each. Never throws.
 *
 * @returns resolves once `signal` has fired and all commands have ended
 */
export async function announceAtOnce(
  { current, notices, onDemand, told, unrecorded, signal }: AnnounceInput,
): Promise<void> {
  const { asks, events } = current().paths;
  const watch = new Watch([asks, events], notices);
  let reported = Promise.resolve();
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    if (!isFirst) await watch.changed(signal);
    if (signal.aborted) break;
    const { done } = await surface(current(), { unrecorded, signal });
    reported = Promise.all([reported, done]).then(() => undefined);
    await Promise.try(() => onDemand?.()).catch((error) => {
      const text = messageOf(error);
      if (text !== told.error) current().warn(text);
      told.error = text;
    });
  }
  await reported;
}
