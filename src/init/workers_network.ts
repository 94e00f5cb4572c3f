import { PRESET_NAMES } from "../model/config.ts";
import type { Profile } from "../profile/profile.ts";
import { pickAgent } from "../workers/agents/pick_agent.ts";
import { type Answers, SAME } from "./answers.ts";

/**
 * Name of the runner that could not reach its model from the sandbox that is asked for, unless its workers are given
 * the network; `undefined`: none, or that is said already.
 */
export async function workersNetwork(
  { config, env }: Profile,
  { sandbox, runner, workerRunner }: Answers,
): Promise<string | undefined> {
  if (sandbox === "none") return undefined;
  const worker_runner = workerRunner === SAME ? runner : workerRunner;
  // Where no worker can be started, there is none that lacks it.
  const picked = await pickAgent({ config: { ...config, runner, worker_runner }, env })
    .catch(() => null);
  if (picked === null || !picked.agent.needsNetwork) return undefined;
  const { name } = picked.agent;
  const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
  return PRESET_NAMES.includes(name) && own?.network === undefined ? name : undefined;
}
