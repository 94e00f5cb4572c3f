import { checkPaths } from "../catalogue/render.ts";
import { pickRunner } from "../decide/runners/runner.ts";
import { findProgram, runTool } from "../os/run_tool.ts";
import { sandboxArgv } from "../os/sandbox.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { NO_ACCESS, PRESET_NAMES } from "../schema/config.ts";
import { messageOf, UsageError } from "../schema/errors.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import { type Answers, type ConfigAnswers, type Given, SAME } from "./answers.ts";

/**
 * Checks the answers given by flags against this machine and the config.
 *
 * @param now what the config has today
 * @throws {UsageError} if an answer cannot be used.
 */
export async function checkAnswers(
  profile: Profile,
  given: Given,
  now: ConfigAnswers,
): Promise<void> {
  const { runner, workerRunner, usdPerDay, sandbox, sensors = [] } = given;
  const { runners, budget } = profile.config;
  const names = [...new Set(["auto", "none", ...PRESET_NAMES, ...Object.keys(runners)])];
  const check = (flag: string, name: string | undefined, allowed: string[]) => {
    if (name === undefined || allowed.includes(name)) return;
    throw new UsageError(`--${flag} ${name}: it must be one of ${allowed.join(", ")}`);
  };
  check("runner", runner, names);
  check("worker-runner", workerRunner, [SAME, ...names]);
  if (typeof usdPerDay === "number" && budget.unknown_cost === "hold") {
    const silent = withoutPrices(profile, runner ?? now.runner);
    if (silent !== null) {
      throw new UsageError(
        `--usd-per-day ${usdPerDay}: ${silent} reports no prices, so a limit in dollars would only block it; ` +
          `omit it, or set budget.unknown_cost to "ignore" in ${profile.configPath}`,
      );
    }
  }
  for (const sensor of sensors) {
    try {
      checkPaths(profile.env, sensor);
    } catch (error) {
      throw new UsageError(`--sensor ${sensor.name}: ${messageOf(error)}`, { cause: error });
    }
  }
  if (sandbox === "bwrap" && now.sandbox !== "bwrap") {
    const why = await sandboxProblem(profile);
    if (why !== null) throw new UsageError(`--sandbox bwrap does not work here: ${why}`);
  }
}

/** Output formats that report dollars. */
const WITH_PRICES = ["pi", "claude", "opencode"];

/** Names the runner that would decide if it reports no prices; `null`: it does, or no runner would decide. */
export function withoutPrices(profile: Profile, runner: string): string | null {
  const { runners } = profile.config;
  const picked = pickRunner(profile, runner);
  if (picked.runner === null) return null;
  const { name } = picked.runner;
  // A preset's name is that of its output format; any other command prints plain text.
  const output = Object.hasOwn(runners, name) ? runners[name].output : undefined;
  return WITH_PRICES.includes(output ?? name) ? null : name;
}

/** Tries bubblewrap: `null` if it works here, else the reason in one line. */
export async function sandboxProblem(profile: Profile): Promise<string | null> {
  const bwrap = findProgram("bwrap", profile.env("PATH") ?? "");
  if (bwrap === null) return "bubblewrap is not installed (apt install bubblewrap; Linux only)";
  const places = { hidden: [], secrets: [], guarded: [], masked: [], writable: [], env: {} };
  const root = { bwrap, dataDir: "/", cwd: "/", keepsTerminal: false };
  const argv = sandboxArgv(NO_ACCESS, { ...places, ...root }, ["true"]);
  const { code, stderr } = await runTool({ argv, env: childEnv(profile) });
  return code === 0 ? null : stderr.split("\n")[0] || `bwrap ended with status ${code}`;
}

/**
 * Names the preset whose workers need `"network": true` to reach their model from the sandbox; `undefined`: none, or
 * the config has a value already.
 */
export function workersNetwork(
  { config, env }: Profile,
  { sandbox, runner, workerRunner }: Answers,
): string | undefined {
  if (sandbox === "none") return undefined;
  const worker_runner = workerRunner === SAME ? runner : workerRunner;
  try {
    const { name, needsNetwork } =
      pickAgent({ config: { ...config, runner, worker_runner }, env }).agent;
    const own = Object.hasOwn(config.runners, name) ? config.runners[name] : undefined;
    const isOpen = needsNetwork && PRESET_NAMES.includes(name) && own?.network === undefined;
    return isOpen ? name : undefined;
  } catch {
    return undefined; // no worker can start, so none lacks the network
  }
}
