import { readTextIfPresent } from "../os/read.ts";
import { runProgram } from "../os/run_program.ts";
import { isExecutable } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { childEnv, mentionedIn } from "../profile/child_env.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";
import { EMPTY_CURSOR, listDemands, remember, unseen } from "./attention.ts";

const NOTIFY_DEADLINE_MS = 60_000;
/** What brings a message to the person's screen. */
const SCREEN = /^(DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|TMUX|XDG_.*)$/;
/** Linux takes at most 128 KiB in one variable, and a character may be three bytes. */
const MAX_TEXT = 40_000;

/** Runs the person's `notify` command for one item, which it finds in its environment. Never throws. */
export async function notify(
  profile: Profile,
  command: string,
  item: AttentionItem,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const end = await runProgram({
      argv: ["bash", "-c", command],
      cwd: profile.paths.dataDir,
      env: { ...childEnv(profile, [SCREEN, ...mentionedIn(command)]), ...environmentOf(item) },
      mask: profile.mask,
      deadlineMs: NOTIFY_DEADLINE_MS,
      signal,
    });
    if (end.status === 0 && end.ending === "exited") return;
    const how = end.ending === "deadline" ? `took over ${NOTIFY_DEADLINE_MS / 1000} s` : end.ending;
    await logFailure(profile, item, `${how}, status ${end.status}: ${end.stderrTail}`);
  } catch (error) {
    await logFailure(profile, item, messageOf(error));
  }
}

function environmentOf({ kind, ask = "", worker = "", text, options = [] }: AttentionItem) {
  return {
    LOOOP_KIND: kind,
    LOOOP_ASK_ID: ask,
    LOOOP_WORKER: worker,
    LOOOP_QUESTION: fit(text),
    LOOOP_OPTIONS: fit(options.map((option) => option.replace(/[\r\n]+/g, " ")).join("\n")),
  };
}

/** An environment cannot hold a NUL. */
function fit(text: string): string {
  return cut(text.replaceAll("\0", ""), MAX_TEXT);
}

async function logFailure(profile: Profile, { key }: AttentionItem, why: string): Promise<void> {
  await appendEvent(profile, { event: "notify_failed", item: key, why: cut(why, 1000) });
}

const WINDOW_DEADLINE_MS = 5000;
/** Shows the asks and stays, in a shell in which they can be answered. */
const SHOW_ASKS = `"$0" asks\nexec "\${SHELL:-bash}"`;

/**
 * Opens a window `⚑<id>` behind the others in the person's tmux, which attaches to the worker that waits, or
 * shows the asks of the loop; a window of that name that is there is enough. Never throws.
 */
export async function openWindow(profile: Profile, item: AttentionItem): Promise<void> {
  const { paths, configPath } = profile;
  // Both are ids: nothing of the text reaches tmux, which would expand it.
  const name = `⚑${item.worker ?? item.ask}`;
  const looop = isExecutable(paths.shim) ? paths.shim : "looop";
  const command = item.worker === undefined
    ? ["bash", "-c", SHOW_ASKS, looop]
    : [looop, "attach", item.worker];
  const environment = [`LOOOP_DATA_DIR=${paths.dataDir}`, `LOOOP_CONFIG=${configPath}`];
  try {
    const windows = await tmux(profile, ["list-windows", "-a", "-F", "#{window_name}"]);
    if (windows.split("\n").includes(name)) return;
    const options = ["-d", "-n", name, ...environment.flatMap((pair) => ["-e", pair])];
    await tmux(profile, ["new-window", ...options, "--", ...command]);
  } catch (error) {
    const why = cut(messageOf(error), 1000);
    await appendEvent(profile, { event: "window_failed", item: item.key, why });
  }
}

/** Runs tmux on the server that `TMUX` names, and gives what it printed. */
async function tmux({ environment, paths, mask }: Profile, args: string[]): Promise<string> {
  const decoder = new TextDecoder();
  let printed = "";
  const end = await runProgram({
    // -u: without it the locale decides whether names are UTF-8.
    argv: ["tmux", "-u", ...args],
    cwd: paths.dataDir,
    env: environment,
    deadlineMs: WINDOW_DEADLINE_MS,
    mask,
    onStdout: (chunk) => void (printed += decoder.decode(chunk, { stream: true })),
  });
  if (end.status === 0) return printed;
  throw new Error(`tmux ${args[0]} ended with status ${end.status}: ${end.stderrTail}`);
}

/** What is being put before the person. */
export interface Surfacing {
  items: AttentionItem[];
  /** Resolves when all commands have ended; never rejects. */
  done: Promise<void>;
}

/**
 * Puts each new ask and flag before the person, once: by the `notify` command and a window in their own tmux,
 * where there are such. Never throws; what fails is told in `events.jsonl`. No tick needs to wait for `done`.
 *
 * @param signal kills the commands that still run
 */
export async function surface(profile: Profile, signal?: AbortSignal): Promise<Surfacing> {
  const command = profile.config.notify;
  const windows = wantsWindows(profile);
  if (command === undefined && !windows) return { items: [], done: Promise.resolve() };
  try {
    // Loaded only here: with nobody to tell, an idle tick needs none of it.
    const items = await takeUnreported(profile);
    const notified = command === undefined
      ? []
      : items.map((item) => notify(profile, command, item, signal));
    const opened = async () => {
      // One after the other, so that two asks of one worker open one window.
      for (const item of windows ? items : []) await openWindow(profile, item);
    };
    return { items, done: Promise.all([...notified, opened()]).then(() => undefined) };
  } catch (error) {
    await appendEvent(profile, { event: "surface_failed", why: messageOf(error) });
    return { items: [], done: Promise.resolve() };
  }
}

/** Tells whether there is a tmux of the person's own in which windows are wanted. */
function wantsWindows({ env }: Profile): boolean {
  const tmux = env("TMUX");
  // A pulse in the fleet's own tmux has nobody who looks at it.
  return tmux !== undefined && !/\/looop-\d+\/[0-9a-f]{8},/.test(tmux) &&
    env("LOOOP_TMUX_SURFACE") !== "0";
}

/** How many items are put before the person at once; the rest follows at the next tick. */
const AT_ONCE = 10;

/**
 * Takes the asks and flags that were not put before the person yet. They are remembered before anything is
 * done about them: better not told than told again at every start of a looop that crashes.
 */
export async function takeUnreported(profile: Profile): Promise<AttentionItem[]> {
  const { surfaced } = profile.paths;
  const calls = await listDemands(profile);
  const { items, cursor } = await since(calls, (await readTextIfPresent(surfaced))?.trim());
  if (items.length === 0) return [];
  const taken = items.slice(0, AT_ONCE);
  await replaceFile(surfaced, await remember(cursor, calls, taken) + "\n", { durable: false });
  return taken;
}

/** A file that was damaged is begun anew. */
async function since(calls: AttentionItem[], cursor = EMPTY_CURSOR) {
  try {
    return { items: await unseen(calls, cursor), cursor };
  } catch {
    return { items: calls, cursor: EMPTY_CURSOR };
  }
}
