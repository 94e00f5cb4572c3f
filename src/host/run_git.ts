import type { Env } from "./env.ts";

/** What one git command gave. */
export interface GitResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Ctrl-C in a terminal reaches every process of the foreground group: git must not stop half-way through a commit. */
const SHIELD = `trap '' INT; exec "$@"`;

/**
 * Runs git on the repository of exactly this folder: never a parent's, and without what the machine's or
 * user's configuration, hooks, signing or inherited `GIT_*` variables would add.
 */
export async function runGit(folder: string, args: string[], env: Env): Promise<GitResult> {
  const { default: $ } = await import("@david/dax");
  const fixed = [
    ["core.hooksPath", "/dev/null"],
    // Else those below ~/.config/git apply, whatever GIT_CONFIG_GLOBAL says.
    ["core.excludesFile", "/dev/null"],
    ["core.attributesFile", "/dev/null"],
    ["commit.gpgSign", "false"],
    ["core.fsmonitor", "false"],
    ["core.quotePath", "false"],
    ["user.name", "looop"],
    ["user.email", "looop@localhost"],
  ].flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const argv = ["git", `--git-dir=${folder}/.git`, `--work-tree=${folder}`, ...fixed, ...args];
  const result = await $`bash -c ${SHIELD} looop ${argv}`
    .cwd(folder)
    .clearEnv()
    .env({
      PATH: env("PATH") ?? "/usr/bin:/bin",
      HOME: env("HOME") ?? folder,
      LC_ALL: "C.UTF-8",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
    })
    .stdin("null").stdout("piped").stderr("piped").noThrow();
  return { code: result.code, stdout: result.stdout, stderr: result.stderr.trim() };
}
