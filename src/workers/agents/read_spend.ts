import type { RunnerConfig } from "../../model/config.ts";
import type { Spend } from "./agent.ts";
import { agentNamed } from "./agent_named.ts";

/**
 * Reads what a worker has spent so far, from the records of the program that it runs; `null` when it kept none.
 * That of a runner which the config no longer knows is `null` too.
 */
export async function readSpend(
  runner: string,
  workerDir: string,
  runners: Record<string, RunnerConfig> = {},
): Promise<Spend | null> {
  try {
    const own = Object.hasOwn(runners, runner) ? runners[runner] : undefined;
    return await agentNamed(runner, own).readSpend(workerDir);
  } catch {
    // A record that cannot be read must not keep the worker's end from being seen: it counts as unknown.
    return null;
  }
}
