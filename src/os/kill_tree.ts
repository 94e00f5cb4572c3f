import { UserError } from "../schema/errors.ts";
import killer from "../scripts/kill_tree.sh" with { type: "text" };
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/** A tree of processes with one mark, and what to do after its end. */
export interface TreeRequest {
  /**
   * A unique text. The tree consists of the processes with `LOOOP_GENERATION=<mark>` in their environment and their
   * descendants, and of the process with `LOOOP_WRAPPER=<mark>` among its arguments. The wrapper's process group is
   * killed last, so that it can record how the others ended.
   */
  mark: string;
  /** The file to rename once no process is left, if it is there, and its new name. */
  record: [from: string, to: string];
  /** The program to run after that; empty: none. */
  then: string[];
  /** looop is part of the tree: return at once and kill in the background. */
  fromInside: boolean;
  env: Environment;
}

/**
 * Ends a tree of processes: HUP, after a second or so TERM, then KILL.
 *
 * @returns the pids of processes that could not be killed; empty if `fromInside`
 * @throws {UserError} if `ps` returns no processes.
 */
export async function killTree(request: TreeRequest): Promise<number[]> {
  const { mark, record, then, fromInside, env } = request;
  const result = await runTool({
    argv: ["bash", "-p", "-c", killer, "looop", fromInside ? "" : "wait", ...record, ...then],
    // Without the mark of a calling worker.
    env: { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C", TZ: "UTC" },
    stdin: `${mark}\n`,
    timeoutMs: 60_000,
  });
  if (result.stdout === "UNKNOWN\n") {
    throw new UserError(
      "cannot kill a process tree: ps returned no processes; try again",
    );
  }
  return result.stdout.split("\n").map((line) => parseInt(line)).filter((pid) => pid > 0);
}
