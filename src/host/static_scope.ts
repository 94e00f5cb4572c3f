/**
 * Deno's flags for looop where nothing computes them at each start, as in a compiled looop: `bin/looop`'s scope, but
 * for the folders that it may write to, which depend on the environment.
 */
export const STATIC_SCOPE: readonly string[] = [
  ...["--allow-read", "--allow-env", "--allow-write", "--allow-sys=hostname,uid"],
  ...["--allow-run=bash,git,tmux,script,ps", "--deny-import", "--no-prompt"],
];
