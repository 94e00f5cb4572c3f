import { readTextIfPresent } from "../os/read.ts";
import { runProgram } from "../os/run_program.ts";
import { runTool } from "../os/run_tool.ts";
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
/** Variables through which a program reaches the user's screen. */
const SCREEN = /^(DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|TMUX|XDG_.*)$/;
/** Linux limits a variable to 128 KiB, and a character can have three bytes. */
const MAX_TEXT = 40_000;

/** Runs the user's `notify` command with one item in its environment. Never throws. */
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
/** Shows the asks, then a shell in which the user can answer them. */
const SHOW_ASKS = `"$0" asks\nexec "\${SHELL:-bash}"`;

/**
 * Opens a window `⚑<id>` in the background of the user's tmux, unless it exists. It attaches to the worker that waits, or
 * shows the asks of the loop. Never throws.
 */
async function openWindow(profile: Profile, item: AttentionItem): Promise<void> {
  const { paths, configPath } = profile;
  // Only an id reaches tmux, which would expand a text.
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

/** Runs tmux on the server that `TMUX` names and returns its output. */
async function tmux({ environment, paths, mask }: Profile, args: string[]): Promise<string> {
  // -u: without it the locale decides whether names are UTF-8.
  const argv = ["tmux", "-u", ...args];
  const tool = { argv, env: environment, cwd: paths.dataDir, timeoutMs: WINDOW_DEADLINE_MS };
  const { code, stdout, stderr } = await runTool(tool);
  if (code === 0) return stdout;
  throw new Error(`tmux ${args[0]} ended with status ${code}: ${mask(stderr)}`);
}

/**
 * Reports each new ask, flag, and goal that is due or stalled to the user, once: with the `notify` command and with a window in the user's own tmux, if
 * there are any. Never throws; failures are logged in `events.jsonl`.
 *
 * @param signal kills the commands that still run
 * @returns `done` resolves when all commands have ended, and never rejects; a tick need not wait for it.
 */
export async function surface(
  profile: Profile,
  signal?: AbortSignal,
): Promise<{ items: AttentionItem[]; done: Promise<void> }> {
  const command = profile.config.notify;
  const windows = wantsWindows(profile);
  if (command === undefined && !windows) return { items: [], done: Promise.resolve() };
  try {
    const items = await takeUnreported(profile);
    const notified = command === undefined
      ? []
      : items.map((item) => notify(profile, command, item, signal));
    const opened = async () => {
      // One after the other, so that two asks of one worker open one window.
      const waiting = items.filter(({ ask, worker }) => ask !== undefined || worker !== undefined);
      for (const item of windows ? waiting : []) await openWindow(profile, item);
    };
    return { items, done: Promise.all([...notified, opened()]).then(() => undefined) };
  } catch (error) {
    await appendEvent(profile, { event: "surface_failed", why: messageOf(error) });
    return { items: [], done: Promise.resolve() };
  }
}

/** Reports whether looop runs in the user's own tmux, and windows are not disabled. */
function wantsWindows({ env }: Profile): boolean {
  const tmux = env("TMUX");
  // No user watches the tmux server of the workers.
  return tmux !== undefined && !/\/looop-\d+\/[0-9a-f]{8},/.test(tmux) &&
    env("LOOOP_TMUX_SURFACE") !== "0";
}

/** The maximum number of items reported at once; the next tick reports more. */
const AT_ONCE = 10;

/**
 * Takes the asks and flags that were not reported yet. They are recorded before they are reported: a looop that crashes
 * repeatedly must not report them again each time.
 */
async function takeUnreported(profile: Profile): Promise<AttentionItem[]> {
  const { surfaced } = profile.paths;
  const demands = await listDemands(profile);
  let cursor = (await readTextIfPresent(surfaced))?.trim() ?? EMPTY_CURSOR;
  const items = await unseen(demands, cursor).catch(() => {
    cursor = EMPTY_CURSOR; // the file is damaged
    return demands;
  });
  if (items.length === 0) return [];
  const taken = items.slice(0, AT_ONCE);
  await replaceFile(surfaced, await remember(cursor, demands, taken) + "\n", { durable: false });
  return taken;
}
