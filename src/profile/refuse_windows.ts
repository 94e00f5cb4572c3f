import { UserError } from "../model/user_error.ts";

/**
 * Refuses to open a profile where neither bash nor tmux nor POSIX' permissions and process groups are: `looop help`,
 * `version` and `completions`, which need no profile, work there all the same.
 *
 * @param system as Deno names it
 * @throws {UserError} on Windows, outside of WSL, which is Linux.
 */
export function refuseWindows(system: string): void {
  if (system !== "windows") return;
  throw new UserError(
    "cannot run on Windows itself: looop needs bash, tmux and POSIX signals, and has them in WSL; " +
      "install that (wsl --install), and in it looop",
  );
}
