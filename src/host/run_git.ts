import type { Env } from "./env.ts";
import { runTool, type ToolResult } from "./run_tool.ts";

/** How long one git command may take, in milliseconds: a large first commit on a slow disk takes its time. */
const TIMEOUT_MS = 300_000;

/**
 * Runs git on the repository of exactly this folder: never a parent's, and without what the machine's or
 * user's configuration, hooks, signing or inherited `GIT_*` variables would add.
 */
export function runGit(folder: string, args: string[], env: Env): Promise<ToolResult> {
  const fixed = [
    ["core.hooksPath", "/dev/null"],
    // Else those below ~/.config/git apply, whatever GIT_CONFIG_GLOBAL says.
    ["core.excludesFile", "/dev/null"],
    ["core.attributesFile", "/dev/null"],
    ["commit.gpgSign", "false"],
    ["core.fsmonitor", "false"],
    // By itself git leaves objects to the disk's leisure: a power cut could leave a branch that leads to nothing.
    ["core.fsync", "committed,loose-object"],
    ["core.quotePath", "false"],
    ["user.name", "looop"],
    ["user.email", "looop@localhost"],
  ].flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  return runTool({
    argv: ["git", `--git-dir=${folder}/.git`, `--work-tree=${folder}`, ...fixed, ...args],
    cwd: folder,
    env: {
      PATH: env("PATH") ?? "/usr/bin:/bin",
      HOME: env("HOME") ?? folder,
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    },
    timeoutMs: TIMEOUT_MS,
  });
}
