import { runTool } from "../os/run_tool.ts";
import { isExecutable } from "../os/stat.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import type { AttentionItem } from "../schema/ask.ts";
import { messageOf } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";

const WINDOW_DEADLINE_MS = 5000;
/** Shows the asks, then a shell in which the user can answer them. */
const SHOW_ASKS = `"$0" asks\nexec "\${SHELL:-bash}"`;

/** Reports whether looop runs in the user's own tmux, and windows are not disabled. */
export function wantsWindows({ env }: Profile): boolean {
  const tmux = env("TMUX");
  // No user watches the tmux server of the workers.
  return tmux !== undefined && !/\/looop-\d+\/[0-9a-f]{8},/.test(tmux) &&
    env("LOOOP_TMUX_SURFACE") !== "0";
}

/**
 * Opens a window `⚑<id>` in the background of the user's tmux for an ask or a flag, unless it exists. It attaches to the
 * worker that waits, or shows the asks of the loop. Never throws.
 */
export async function openWindow(profile: Profile, item: AttentionItem): Promise<void> {
  const { paths, configPath } = profile;
  if (item.ask === undefined && item.kind !== "flag") return;
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
