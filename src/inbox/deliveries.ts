import { lock } from "../os/lock.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import {
  type Deliveries,
  deliveriesSchema,
  type Delivery,
  isDeliveryDue,
  isQuiet,
  nextTry,
  NO_DELIVERIES,
} from "../schema/notify.ts";
import { cut, duration, plainText } from "../schema/text.ts";

/** Milliseconds that the `notify` command may take, and the `heartbeat` command. */
export const [NOTIFY_DEADLINE_MS, HEARTBEAT_DEADLINE_MS] = [60_000, 10_000];
/** After so long, an attempt that a crash interrupted counts as failed. */
const INTERRUPTED_MS = NOTIFY_DEADLINE_MS + 30_000;
/** Variables through which a program reaches the user's screen. */
const SCREEN = /^(DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|TMUX|XDG_.*)$/;
/** Linux limits a variable to 128 KiB, and a character can have three bytes. */
const MAX_TEXT = 40_000;
/** The max. number of commands that run at once; the next tick starts more. */
export const AT_ONCE = 10;
/** Max. notifications that wait; beyond it the oldest are dropped. */
const MAX_PENDING = 200;

/** Reads what is to be delivered; a file that is damaged counts as empty. */
export async function readDeliveries({ paths }: Profile): Promise<Deliveries> {
  const saved = await parseFile(paths.deliveries, deliveriesSchema, "").catch(() => null);
  return saved ?? NO_DELIVERIES;
}

/**
 * Changes what is to be delivered, under a lock.
 *
 * @param change returns the new content; the same one is not written
 * @param then runs once it is written, under the same lock
 */
export async function changeDeliveries(
  profile: Profile,
  change: (saved: Deliveries) => Deliveries | Promise<Deliveries>,
  then?: () => Promise<void>,
): Promise<void> {
  using _ = await lock(profile.paths.notifyLock);
  const saved = await readDeliveries(profile);
  const next = await change(saved);
  if (next !== saved) await writeDeliveries(profile, next);
  await then?.();
}

async function writeDeliveries(profile: Profile, next: Deliveries): Promise<void> {
  const pending = next.pending.slice(-MAX_PENDING);
  for (const { item: { key } } of next.pending.slice(0, -MAX_PENDING)) {
    await appendEvent(profile, { event: "notify_dropped", item: key, why: "too many wait" });
  }
  const text = JSON.stringify({ ...next, pending }, null, 1) + "\n";
  await replaceFile(profile.paths.deliveries, text, { durable: false });
}

/** Makes a delivery that is due now. */
export function newDelivery(item: AttentionItem, { clock }: Profile): Delivery {
  const at = clock.now().toISOString();
  return { item, tries: 0, since: at, next_at: at, running: false, why: null };
}

/** Reports whether the user wants to be notified of an item, by its kind. */
export function isWanted({ config }: Profile, { kind }: AttentionItem): boolean {
  const { notify, notify_kinds } = config;
  if (notify === undefined) return false;
  return notify_kinds === undefined || notify_kinds.some((wanted) => wanted === kind);
}

/** Adds a notification of something that has happened, unless it waits already or its kind is not wanted. */
export async function enqueue(profile: Profile, item: AttentionItem): Promise<void> {
  if (!isWanted(profile, item)) return;
  await changeDeliveries(profile, (saved) => {
    if (saved.pending.some(({ item: { key } }) => key === item.key)) return saved;
    return { ...saved, pending: [...saved.pending, newDelivery(item, profile)] };
  });
}

/**
 * Runs the `notify` command for each delivery that is due, unless it is quiet. An attempt is recorded before it starts, so
 * that a looop that crashes repeatedly does not repeat it each time. What fails is tried again later. Never throws.
 *
 * @param signal kills the commands
 */
export async function deliver(profile: Profile, signal?: AbortSignal): Promise<void> {
  const { config: { notify: command, quiet_hours }, clock } = profile;
  const now = clock.now();
  if (command === undefined || (quiet_hours && isQuiet(quiet_hours, now))) return;
  const due: Delivery[] = [];
  await changeDeliveries(profile, (saved) => {
    due.push(...saved.pending.filter((one) => isDeliveryDue(one, now)).slice(0, AT_ONCE));
    if (due.length === 0) return saved;
    const next_at = new Date(now.getTime() + INTERRUPTED_MS).toISOString();
    return {
      ...saved,
      pending: saved.pending.map((one) =>
        due.includes(one) ? { ...one, tries: one.tries + 1, next_at, running: true } : one
      ),
    };
  });
  await Promise.all(due.map(async (one) => {
    const why = await notify(profile, command, one.item, signal);
    await recordAttempt(profile, one, why);
  }));
}

async function recordAttempt(
  profile: Profile,
  { item, tries }: Delivery,
  why: string | null,
): Promise<void> {
  const now = profile.clock.now();
  await changeDeliveries(profile, (saved) => ({
    ...saved,
    pending: saved.pending.flatMap((one) => {
      if (one.item.key !== item.key) return [one];
      if (why === null) return [];
      const next_at = nextTry(tries + 1, now).toISOString();
      return [{ ...one, next_at, running: false, why }];
    }),
  }));
  if (why === null) return;
  await appendEvent(profile, { event: "notify_failed", item: item.key, why });
}

/** Reports whether a command still runs, or is about to. */
export function isDelivering({ pending }: Deliveries, now: Date): boolean {
  return pending.some((one) => one.running !== isDeliveryDue(one, now));
}

/**
 * Runs the user's `notify` command with one item in its environment. Never throws.
 *
 * @returns why it failed, in one line; `null`: it succeeded
 */
export async function notify(
  profile: Profile,
  command: string,
  item: AttentionItem,
  signal?: AbortSignal,
): Promise<string | null> {
  const { kind, from, ask = "", worker = "", options = [] } = item;
  // A text that is not looop's own says whose it is, also where the command prints nothing else, in a terminal.
  const text = fit(from === "looop" ? item.text : `${from}: ${quoted(item.text)}`);
  return await runCommand(profile, command, {
    LOOOP_KIND: kind,
    LOOOP_TEXT: text,
    LOOOP_ASK_ID: ask,
    LOOOP_FROM: from,
    LOOOP_WORKER: worker,
    LOOOP_QUESTION: text,
    LOOOP_OPTIONS: fit(options.map((option) => option.replace(/[\r\n]+/g, " ")).join("\n")),
  }, { deadlineMs: NOTIFY_DEADLINE_MS, signal });
}

/** No further line of it can pass for a text of looop's. */
function quoted(text: string): string {
  return text.replace(/\r\n?|[\n\v\f\x85\u2028\u2029]/g, "\n│ ");
}

/** An environment cannot hold a NUL, and nothing may move the cursor of a terminal. */
function fit(text: string): string {
  return cut(plainText(text), MAX_TEXT);
}

async function runCommand(
  profile: Profile,
  command: string,
  variables: Record<string, string>,
  limits: { deadlineMs: number; signal?: AbortSignal },
): Promise<string | null> {
  const { runProgram } = await import("../os/run_program.ts");
  const { childEnv, mentionedIn } = await import("../profile/child_env.ts");
  try {
    const end = await runProgram({
      argv: ["bash", "-c", command],
      cwd: profile.paths.dataDir,
      env: { ...childEnv(profile, [SCREEN, ...mentionedIn(command)]), ...variables },
      mask: profile.mask,
      ...limits,
    });
    if (end.status === 0 && end.ending === "exited") return null;
    const how = end.ending === "deadline" ? `took over ${duration(limits.deadlineMs)}` : end.ending;
    return cut(`${how}, status ${end.status}: ${end.stderrTail}`, 1000);
  } catch (error) {
    return cut(profile.mask(messageOf(error)), 1000);
  }
}

/** Milliseconds between two runs of the heartbeat. */
const HEARTBEAT_MS = 60_000;

/**
 * Runs the `heartbeat` command after a completed tick, unless it ran within the last minute. Never throws; a failure is
 * kept for `looop status` until it succeeds.
 *
 * @param outcome the outcome of the tick, which the command gets as `LOOOP_OUTCOME`
 * @param text the reason of a failure, or the journal line, as `LOOOP_TEXT`
 */
export async function beat(
  profile: Profile,
  { outcome, text }: { outcome: string; text: string },
  signal?: AbortSignal,
): Promise<void> {
  const { config: { heartbeat: command }, clock } = profile;
  if (command === undefined) return;
  const at = clock.now().toISOString();
  let isDue = false;
  await changeDeliveries(profile, (saved) => {
    const last = Date.parse(saved.heartbeat?.at ?? "");
    // A last one in the future: the clock was set back.
    isDue = !(Math.abs(Date.parse(at) - last) < HEARTBEAT_MS);
    return isDue ? { ...saved, heartbeat: { at, why: saved.heartbeat?.why ?? null } } : saved;
  });
  if (!isDue) return;
  const variables = { LOOOP_OUTCOME: outcome, LOOOP_TEXT: fit(text) };
  const limits = { deadlineMs: HEARTBEAT_DEADLINE_MS, signal };
  const why = await runCommand(profile, command, variables, limits);
  if (why !== null) await appendEvent(profile, { event: "heartbeat_failed", why });
  await changeDeliveries(
    profile,
    (saved) => saved.heartbeat?.why === why ? saved : { ...saved, heartbeat: { at, why } },
  );
}
