import { STATIC_SCOPE } from "../src/os/env.ts";

/** The arguments of `deno compile` for each target. */
export const COMPILE_FLAGS: readonly string[] = [
  ...STATIC_SCOPE,
  // As in bin/looop.
  "--v8-flags=--max-semi-space-size=2",
  // The bundle has all of it.
  "--no-config",
  // The cache would lie in the temp directory, under a name that others on the machine can take first.
  "--no-code-cache",
  // Goes into the program, too: else each start names those of bash, git, tmux … that are not installed.
  "--quiet",
  ...["--no-lock", "--no-remote", "--no-check"],
];
