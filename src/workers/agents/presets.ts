import { findProgram } from "../../os/run_tool.ts";
import type { Profile } from "../../profile/profile.ts";
import { PRESET_NAMES, type RunnerConfig } from "../../schema/config.ts";
import { UserError } from "../../schema/errors.ts";
import { type Agent, fillCommand, type Spend } from "./agent.ts";
import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { opencode } from "./opencode.ts";
import { pi } from "./pi.ts";

/**
 * Reads what a worker has spent so far from the records of its agent; `null` where there are none, they are unreadable, or the
 * config no longer has its runner.
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
    return null; // an unreadable record must not stop the loop from recording the worker's end
  }
}

/** Reports whether the agent of a runner keeps records of what it costs: those of a worker without any are gone. */
export function keepsRecords(runner: string, runners: Record<string, RunnerConfig>): boolean {
  const own = Object.hasOwn(runners, runner) ? runners[runner] : undefined;
  return own?.worker === undefined && presets.has(runner);
}

const presets = new Map([pi, claude, codex, opencode].map((agent) => [agent.name, agent]));

/**
 * Returns the agent of this name.
 *
 * @throws {UserError} where it is not a preset, and has no command for workers in the config.
 */
export function agentNamed(name: string, config: RunnerConfig = {}): Agent {
  if (config.worker !== undefined) return customAgent(name, config.worker, config.resume);
  const preset = presets.get(name);
  if (preset) return preset;
  // The starter goal of looop 0.1.0 has a rule that starts it.
  if (name === "init") {
    throw new UserError(
      "cannot start a worker: `looop init` no longer runs as one; run it in a terminal",
    );
  }
  throw new UserError(
    `cannot start workers with the runner ${name}: it has no command for workers; ` +
      `set runners.${name}.worker in the config, or worker_runner to one of ${
        [...presets.keys()].join(", ")
      }`,
  );
}

/**
 * Selects the agent of a worker. `auto` is the first preset that is installed.
 *
 * @param asked Default: that of the config
 * @throws {UserError} where there is none, or it cannot start workers.
 */
export function pickAgent(
  { config, env }: Pick<Profile, "config" | "env">,
  asked?: string,
): { agent: Agent; model?: string; own?: RunnerConfig } {
  const path = env("PATH") ?? "";
  const name = asked ?? config.worker_runner;
  if (name === "none") {
    throw new UserError(`cannot start a worker: the config says "worker_runner": "none"`);
  }
  const found = name === "auto" ? PRESET_NAMES.find((preset) => findProgram(preset, path)) : name;
  if (found === undefined) {
    const presets = PRESET_NAMES.join(", ");
    throw new UserError(
      `cannot start a worker: none of ${presets} is on PATH; install one, or set worker_runner in the config`,
    );
  }
  const own = Object.hasOwn(config.runners, found) ? config.runners[found] : undefined;
  const agent = agentNamed(found, own);
  if (own?.worker === undefined && !findProgram(found, path)) {
    throw new UserError(`cannot start a worker: its runner ${found} is not on PATH`);
  }
  return { agent, model: own?.model, own };
}

/** A custom shell command. Only the command itself can report its cost. */
function customAgent(name: string, command: string, resume?: string): Agent {
  return {
    name,
    costIsKnown: /\{\{usd_limit\}\}|LOOOP_USD_LIMIT/.test(command),
    // Unknown; the config can give it the network.
    needsNetwork: false,
    start: ({ promptFile, usdLimit }) => ({ command: fillCommand(command, promptFile, usdLimit) }),
    ...(resume === undefined ? {} : {
      resume: ({ messageFile, usdLimit }) => ({
        command: fillCommand(resume, messageFile, usdLimit),
      }),
    }),
    readSpend: () => Promise.resolve(null),
  };
}
