/**
 * The permissions of a compiled looop. They are `bin/looop`'s, but for the folders that it may write to: those
 * depend on the environment, and in the program nothing can be computed any more.
 */
export const SCOPE: readonly string[] = [
  ...["--allow-read", "--allow-env", "--allow-write", "--allow-sys=hostname,uid"],
  ...["--allow-run=bash,git,tmux,script,ps", "--deny-import", "--no-prompt"],
];

/** All that `deno compile` is told for each target. */
export const COMPILE_FLAGS: readonly string[] = [
  ...SCOPE,
  // As in bin/looop; its flag for lazy imports would leave the commands out of the program.
  "--v8-flags=--max-semi-space-size=2",
  // Only what main.ts reaches, and no package that tests alone use.
  "--exclude-unused-npm",
  // The cache would lie in the temp folder, under a name that others on the machine can take first.
  "--no-code-cache",
  // Goes into the program, too: else each start names those of bash, git, tmux … that are not installed.
  "--quiet",
  ...["--frozen", "--no-remote", "--no-check"],
];
