import { basename } from "@std/path";
import { runTool } from "../os/run_tool.ts";
import { isExecutable } from "../os/stat.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { sha256Hex } from "../schema/json.ts";
import { cut } from "../schema/text.ts";

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
