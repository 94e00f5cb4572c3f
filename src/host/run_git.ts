import type { Env } from "./env.ts";
import { runTool, type ToolResult } from "./run_tool.ts";

/** How long one git command may take, in milliseconds: a large first commit on a slow disk takes its time. */
const TIMEOUT_MS = 300_000;

/** How git is run; all of it has a default. */
export interface RunGitOptions {
  /** What it reads as stdin. Default: nothing. */
  stdin?: string;
  /** Milliseconds until it is given up. Default 300,000. */
  timeoutMs?: number;
}

/**
 * Runs git on the repository of exactly this folder: never a parent's, and without what the machine's or
 * user's configuration, hooks, signing or inherited `GIT_*` variables would add.
 */
export function runGit(
  folder: string,
  args: string[],
  env: Env,
  { stdin, timeoutMs = TIMEOUT_MS }: RunGitOptions = {},
): Promise<ToolResult> {
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
    // A commit that packs the repository, one in thousands, is to have done so when it returns: in the
    // background it would outlive the tick, and hold locks that the next one needs.
    ["gc.autoDetach", "false"],
    ["maintenance.autoDetach", "false"],
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
    stdin,
    timeoutMs,
  });
}
