import type { Environment } from "./env.ts";
import { removeFolder } from "./remove_file.ts";
import { runTool } from "./run_tool.ts";

/** A large one on a slow disk takes its time. */
const TIMEOUT_MS = 120_000;

/**
 * Removes a folder that somebody hostile may have filled: however deep, and without following a symlink.
 *
 * @throws where something of it cannot be removed.
 */
export async function removeTree(path: string, env: Environment): Promise<void> {
  try {
    await removeFolder(path);
  } catch (error) {
    // Deno keeps each folder on the way down open; rm does not.
    const argv = ["rm", "-rf", "--", path];
    const removed = await runTool({
      argv,
      env: { PATH: env.PATH ?? "/usr/bin:/bin" },
      timeoutMs: TIMEOUT_MS,
    });
    if (removed.code !== 0) throw error;
  }
}
