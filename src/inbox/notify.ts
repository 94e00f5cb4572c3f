import { basename } from "@std/path";
import { readTextIfPresent } from "../os/read.ts";
import { runTool } from "../os/run_tool.ts";
import { isExecutable } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import type { Deliveries, Delivery } from "../schema/notify.ts";
import { cut } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import { EMPTY_CURSOR, listDemands, remember, unseen } from "./attention.ts";
import { conditionOf, workerItem } from "./conditions.ts";
import { AT_ONCE, changeDeliveries, deliver, isWanted, newDelivery } from "./deliveries.ts";

/** Options of {@linkcode surface}. */
export interface SurfaceInput {
  /** The workers that the tick observed. Default: nothing is known of them. */
  workers?: Worker[];
  /** What was reported of the loop and is not recorded, since the disk was full; `null` again once it is. */
  unrecorded?: { trouble: Deliveries["trouble"] };
  /** Kills the commands that still run. */
  signal?: AbortSignal;
  /** Delivers what is due. Default: this process does, with {@linkcode deliver}. */
  deliver?(): Promise<void>;
}

/** Reports whether anything would be reported to the user: only then this module is needed. */
export function reportsToUser(profile: Profile): boolean {
  return profile.config.notify !== undefined || wantsWindows(profile);
}

/**
 * Reports to the user each new ask, flag, failure, and goal that is due or stalled, once: with the `notify` command, if
 * its kind is in `notify_kinds`, and asks and flags with the window of the profile in the user's own tmux. What could not be delivered
 * before is tried again. Never throws.
 *
 * @returns `done` resolves when all commands have ended, and never rejects; a tick need not wait for it.
 */
export async function surface(
  profile: Profile,
  input: SurfaceInput = {},
): Promise<{ items: AttentionItem[]; done: Promise<void> }> {
  if (!reportsToUser(profile)) return { items: [], done: Promise.resolve() };
  const report = (error: unknown) =>
    appendEvent(profile, { event: "surface_failed", why: messageOf(error) });
  try {
    const items = await takeUnreported(profile, input);
    const deliverNow = input.deliver ?? (() => deliver(profile, input.signal));
    const isWaiting = items.some(({ ask, kind }) => ask !== undefined || kind === "flag");
    const opened = isWaiting && wantsWindows(profile) ? openWindow(profile) : undefined;
    const done = Promise.all([deliverNow().catch(report), opened]).then(() => undefined);
    return { items, done };
  } catch (error) {
    await report(error);
    return { items: [], done: Promise.resolve() };
  }
}

/**
 * Takes what was not reported yet, and adds it to what is to be delivered. It is recorded before it is reported: a looop
 * that crashes repeatedly must not report it again each time.
 */
async function takeUnreported(
  profile: Profile,
  { workers, unrecorded = { trouble: null } }: SurfaceInput,
): Promise<AttentionItem[]> {
  const { paths: { surfaced }, config: { notify } } = profile;
  let taken: AttentionItem[] = [];
  let seen: string | null = null;
  // The cursor last: after a crash in between, what waits is not added again.
  const noteSeen = async () => {
    unrecorded.trouble = null;
    if (seen !== null) await replaceFile(surfaced, seen, { durable: false });
  };
  await changeDeliveries(profile, async (saved) => {
    const demands = await listDemands(profile);
    const ofWorkers = workers?.flatMap((worker) => workerItem(worker) ?? []) ?? null;
    const condition = notify === undefined
      ? { items: [], trouble: null }
      : await conditionOf(profile, saved.trouble ?? unrecorded.trouble);
    const all = [...demands, ...condition.items, ...ofWorkers ?? []];
    let cursor = (await readTextIfPresent(surfaced))?.trim() ?? EMPTY_CURSOR;
    const items = await unseen(all, cursor).catch(() => {
      cursor = EMPTY_CURSOR; // the file is damaged
      return all;
    });
    taken = items.slice(0, AT_ONCE);
    if (taken.length > 0) seen = await remember(cursor, all, taken) + "\n";
    const added = taken.filter((item) =>
      isWanted(profile, item) && !saved.pending.some((one) => one.item.key === item.key)
    );
    const isOver = taken.some(({ kind }) => kind === "recovered");
    const keys = new Set(all.map(({ key }) => key));
    const kept = saved.pending.filter(({ item, running }) =>
      running || isCurrent(item, keys, { isOver, isWorkerKnown: ofWorkers !== null })
    );
    // What was announced; with the ten at once, it may be later than it began.
    const waits = condition.items.some((item) => items.includes(item) && !taken.includes(item));
    const trouble = waits ? saved.trouble : condition.trouble;
    const same = added.length === 0 && kept.length === saved.pending.length &&
      JSON.stringify(trouble) === JSON.stringify(saved.trouble);
    if (same) return saved;
    const pending: Delivery[] = [...kept, ...added.map((item) => newDelivery(item, profile))];
    return { ...saved, trouble, pending };
  }, noteSeen);
  return taken;
}

/**
 * Reports whether something that is still to be delivered concerns the user: an ask has no answer yet, a failure lasts. A
 * failure that is over is reported with its end. What has happened, such as the end of a worker, stays so.
 *
 * @param keys keys of what there is now
 */
function isCurrent(
  { key, kind }: AttentionItem,
  keys: ReadonlySet<string>,
  { isOver, isWorkerKnown }: { isOver: boolean; isWorkerKnown: boolean },
): boolean {
  switch (kind) {
    case "recovered":
    case "expired":
    case "worker_failed":
      return true;
    case "parked":
    case "failing":
      return !isOver;
    case "worker_stuck":
    case "worker_limited":
      return !isWorkerKnown || keys.has(key);
    default:
      return keys.has(key);
  }
}

const WINDOW_DEADLINE_MS = 5000;
/**
 * Shows what waits until nothing does, which closes the window; if that fails, the asks and a shell to answer them in.
 * `$0` identifies the window among those of the user.
 */
const SHOW = `"$1" watch --asks || { "$1" asks; exec "\${SHELL:-bash}"; }`;

/** Reports whether looop runs in the user's own tmux, and windows are not disabled. */
export function wantsWindows({ env, config }: Profile): boolean {
  const tmux = env("TMUX");
  // No user watches the tmux server of the workers.
  return tmux !== undefined && config.surface !== "none" &&
    !/\/looop-\d+\/[0-9a-f]{8},/.test(tmux);
}

/** Two tasks of a process may each have something new. */
let opening: Promise<void> = Promise.resolve();

/**
 * Opens the window of a profile in the background of the user's tmux, unless it is there: it lists the asks and flags, stays
 * current, and closes when nothing waits. Never throws.
 */
export function openWindow(profile: Profile): Promise<void> {
  opening = opening.then(() => open(profile));
  return opening;
}

async function open(profile: Profile): Promise<void> {
  const { paths, configPath } = profile;
  const looop = isExecutable(paths.shim) ? paths.shim : "looop";
  const id = `looop-${(await sha256Hex(paths.dataDir)).slice(0, 12)}`;
  // tmux would expand other characters.
  const name = `⚑${basename(paths.dataDir).replaceAll(/[^\w-]/g, "_")}`;
  const environment = [`LOOOP_DATA_DIR=${paths.dataDir}`, `LOOOP_CONFIG=${configPath}`];
  try {
    const commands = await tmux(profile, ["list-panes", "-a", "-F", "#{pane_start_command}"]);
    if (commands.includes(id)) return;
    const options = ["-d", "-n", name, ...environment.flatMap((pair) => ["-e", pair])];
    await tmux(profile, ["new-window", ...options, "--", "bash", "-c", SHOW, id, looop]);
  } catch (error) {
    await appendEvent(profile, { event: "window_failed", why: cut(messageOf(error), 1000) });
  }
}

/** Runs tmux on the server that `TMUX` names and returns its output. */
async function tmux({ environment, paths, mask }: Profile, args: string[]): Promise<string> {
  // -u: without it the locale decides whether names are UTF-8.
  const argv = ["tmux", "-u", ...args];
  const tool = { argv, env: environment, cwd: paths.dataDir, timeoutMs: WINDOW_DEADLINE_MS };
  const { code, stdout, stderr } = await runTool(tool);
  if (code === 0) return stdout;
  throw new Error(`tmux ${args[0]} ended with status ${code}: ${mask(stderr)}`);
}
