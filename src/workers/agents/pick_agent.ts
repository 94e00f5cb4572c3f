import { findProgram } from "../../host/find_program.ts";
import { PRESET_NAMES } from "../../model/config.ts";
import { UserError } from "../../model/user_error.ts";
import type { Profile } from "../../profile/profile.ts";
import type { Agent } from "./agent.ts";
import { agentNamed } from "./agent_named.ts";

/** An agent, and the model that the config gives it. */
export interface PickedAgent {
  agent: Agent;
  model?: string;
}

/**
 * Picks the agent of a worker: the one asked for, else the config's; `auto` is the first that is installed.
 *
 * @throws {UserError} where there is none, or it cannot start workers.
 */
export function pickAgent(
  { config, env }: Pick<Profile, "config" | "env">,
  asked?: string,
): PickedAgent {
  const path = env("PATH") ?? "";
  const name = asked ?? config.worker_runner;
  if (name === "none") {
    throw new UserError(`cannot start a worker: the config says "worker_runner": "none"`);
  }
  if (name === "auto") {
    for (const preset of PRESET_NAMES) {
      if (findProgram(preset, path)) return picked(preset);
    }
    throw new UserError(
      `cannot start a worker: none of ${
        PRESET_NAMES.join(", ")
      } is on PATH; install one, or give ` +
        "worker_runner in the config",
    );
  }
  const found = picked(name);
  if (found.agent.isLooop) return found;
  if (config.runners[name]?.worker === undefined && !findProgram(name, path)) {
    throw new UserError(`cannot start a worker: its runner ${name} is not on PATH`);
  }
  return found;

  function picked(name: string): PickedAgent {
    const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
    return { agent: agentNamed(name, own), model: own?.model };
  }
}
