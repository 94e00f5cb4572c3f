import { UserError } from "../schema/errors.ts";
import killer from "../scripts/kill_tree.sh" with { type: "text" };
import startKiller from "../scripts/start_kill_tree.sh" with { type: "text" };
import type { Environment } from "./env.ts";
import { runTool } from "./run_tool.ts";

/** A tree of processes that all bear one mark, and what is to be done once none of it is left. */
export interface TreeRequest {
  /**
   * Unique text. Of the tree is: what has `LOOOP_GENERATION=<mark>` in its environment, its children
   * and theirs; and what has `LOOOP_WRAPPER=<mark>` among its arguments, whose process group is spared
   * while something else of the tree is left, so that it can tell how that ended.
   */
  mark: string;
  /** Program to run once nothing is left. */
  then: string[];
  /** looop is itself of the tree: return at once, and kill in the background. */
  fromInside: boolean;
  env: Environment;
}

/**
 * Ends a tree of processes: HUP, after a second or so TERM, then KILL.
 *
 * @returns pids of what is left after all; empty where `fromInside`.
 * @throws {UserError} where `ps` shows no processes.
 */
export async function killTree(request: TreeRequest): Promise<number[]> {
  const { mark, then, fromInside, env } = request;
  const result = await runTool({
    argv: ["bash", "-p", "-c", startKiller, "looop", killer, fromInside ? "" : "wait", ...then],
    // Without the mark of the worker that looop may be called from.
    env: { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C", TZ: "UTC" },
    stdin: `${mark}\n`,
    timeoutMs: 60_000,
  });
  if (result.stdout === "UNKNOWN\n") {
    throw new UserError("cannot kill what nobody can see: ps shows no processes; try again");
  }
  return result.stdout.split("\n").map((line) => parseInt(line)).filter((pid) => pid > 0);
}
