import { isExecutable } from "../host/is_executable.ts";
import { runProgram } from "../host/run_program.ts";
import type { AttentionItem } from "../model/attention.ts";
import { cut } from "../model/cut.ts";
import { messageOf } from "../model/user_error.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";

const DEADLINE_MS = 5000;
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
    deadlineMs: DEADLINE_MS,
    mask,
    onStdout: (chunk) => void (printed += decoder.decode(chunk, { stream: true })),
  });
  if (end.status === 0) return printed;
  throw new Error(`tmux ${args[0]} ended with status ${end.status}: ${end.stderrTail}`);
}
