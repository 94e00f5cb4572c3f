import type { RunnerConfig } from "../../model/config.ts";
import { UserError } from "../../model/user_error.ts";
import type { Agent } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { customAgent } from "./custom_agent.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";
import { WIZARD, wizard } from "./wizard.ts";

const presets = new Map([pi, claude, codex, opencode].map((agent) => [agent.name, agent]));

/**
 * The agent of this name, with what the config says of it.
 *
 * @throws {UserError} where it is no preset and the config gives it no command for workers.
 */
export function agentNamed(name: string, config: RunnerConfig = {}): Agent {
  // No command of the config can pass for it: it may do what other workers may not.
  if (name === WIZARD) return wizard;
  if (config.worker !== undefined) return customAgent(name, config.worker);
  const preset = presets.get(name);
  if (preset) return preset;
  throw new UserError(
    `the runner ${name} cannot start workers: give it a command, runners.${name}.worker in the config, ` +
      `or set worker_runner to one of ${[...presets.keys()].join(", ")}`,
  );
}
