import { findProgram } from "../../os/run_tool.ts";
import type { Profile } from "../../profile/profile.ts";
import { PRESET_NAMES, type RunnerConfig } from "../../schema/config.ts";
import { UserError } from "../../schema/errors.ts";
import { plainUsd } from "../../schema/ledger.ts";
import { type Agent, quoteWord, type Spend } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";

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

const presets = new Map([pi, claude, codex, opencode].map((agent) => [agent.name, agent]));

/**
 * The agent of this name, with what the config says of it.
 *
 * @throws {UserError} where it is no preset and the config gives it no command for workers.
 */
export function agentNamed(name: string, config: RunnerConfig = {}): Agent {
  if (config.worker !== undefined) return customAgent(name, config.worker);
  const preset = presets.get(name);
  if (preset) return preset;
  // The starter goal of looop 0.1.0 has a rule that starts it.
  if (name === "init") {
    throw new UserError(
      "cannot start a worker: `looop init` no longer runs as one; run it in a terminal",
    );
  }
  throw new UserError(
    `the runner ${name} cannot start workers: give it a command, runners.${name}.worker in the config, ` +
      `or set worker_runner to one of ${[...presets.keys()].join(", ")}`,
  );
}

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
  if (config.runners[name]?.worker === undefined && !findProgram(name, path)) {
    throw new UserError(`cannot start a worker: its runner ${name} is not on PATH`);
  }
  return found;

  function picked(name: string): PickedAgent {
    const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
    return { agent: agentNamed(name, own), model: own?.model };
  }
}

/**
 * A program of the user's own: a shell command whose `{{prompt_file}}` becomes the path of the prompt, quoted for
 * the shell; `{{usd_limit}}` the dollars that it may cost, an empty word where there is no limit. What it spends only
 * itself can say.
 */
export function customAgent(name: string, command: string): Agent {
  return {
    name,
    costIsKnown: /\{\{usd_limit\}\}|LOOOP_USD_LIMIT/.test(command),
    // Nobody knows; what does is told by the config.
    needsNetwork: false,
    start: ({ promptFile, usdLimit }) =>
      Promise.resolve({
        // A function, as `$` in a replacement string would mean something.
        command: command.replaceAll("{{prompt_file}}", () => quoteWord(promptFile))
          .replaceAll("{{usd_limit}}", usdLimit === undefined ? "''" : plainUsd(usdLimit)),
        env: {},
        files: {},
      }),
    readSpend: () => Promise.resolve(null),
  };
}
