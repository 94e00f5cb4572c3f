import { PRESET_NAMES } from "../model/config.ts";
import type { Agent } from "../workers/agents/agent.ts";
import type { Profile } from "../profile/profile.ts";
import { pickAgent } from "../workers/agents/pick_agent.ts";
import { type Answers, SAME } from "./answers.ts";

/**
 * Name of the runner that could not reach its model from the sandbox that is asked for, unless its workers are given
 * the network; `undefined`: none, or that is said already.
 */
export function workersNetwork(
  { config, env }: Profile,
  { sandbox, runner, workerRunner }: Answers,
): string | undefined {
  if (sandbox === "none") return undefined;
  const worker_runner = workerRunner === SAME ? runner : workerRunner;
  const agent = agentOf({ config: { ...config, runner, worker_runner }, env });
  if (!agent?.needsNetwork) return undefined;
  const { name } = agent;
  const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
  return PRESET_NAMES.includes(name) && own?.network === undefined ? name : undefined;
}

/** `null` where no worker can be started: then there is none that lacks the network. */
function agentOf(profile: Pick<Profile, "config" | "env">): Agent | null {
  try {
    return pickAgent(profile).agent;
  } catch {
    return null;
  }
}
