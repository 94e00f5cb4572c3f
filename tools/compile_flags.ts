import { STATIC_SCOPE } from "../src/host/static_scope.ts";

/** All that `deno compile` is told for each target. */
export const COMPILE_FLAGS: readonly string[] = [
  ...STATIC_SCOPE,
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
