import { pickRunner } from "../decide/decide.ts";
import { findProgram, runTool } from "../os/run_tool.ts";
import { childEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { UsageError } from "../schema/errors.ts";
import type { Agent } from "../workers/agents/agent.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import type { Today } from "./current.ts";
import { type Answers, type Given, SAME } from "./questions.ts";

/**
 * Checks what was given by flags against this machine and config.
 *
 * @throws {UsageError} for what cannot be.
 */
export async function checkAnswers(profile: Profile, given: Given, today: Today): Promise<void> {
  const { runner, workerRunner, usdPerDay, sandbox } = given;
  const names = runnerNames(profile);
  const refuse = (flag: string, name: string, more: string[]) =>
    new UsageError(`--${flag} ${name}: it must be one of ${[...more, ...names].join(", ")}`);
  if (runner !== undefined && !names.includes(runner)) throw refuse("runner", runner, []);
  if (workerRunner !== undefined && ![SAME, ...names].includes(workerRunner)) {
    throw refuse("worker-runner", workerRunner, [SAME]);
  }
  if (typeof usdPerDay === "number" && profile.config.budget.unknown_cost === "hold") {
    const silent = reportsNoPrice(profile, runner ?? today.answers.runner);
    if (silent !== null) {
      throw new UsageError(
        `--usd-per-day ${usdPerDay}: ${silent} tells no dollars, so a limit in dollars could only hold it; ` +
          `leave it out, or set budget.unknown_cost to "ignore" in ${profile.configPath}`,
      );
    }
  }
  if (sandbox === "bwrap" && today.answers.sandbox !== "bwrap") {
    const why = await sandboxFails(profile);
    if (why !== null) throw new UsageError(`--sandbox bwrap does not work here: ${why}`);
  }
}

/** A runner that can be chosen. */
export interface RunnerChoice {
  name: string;
  /** For the person to choose by. */
  about: string;
}

/** Formats of output that dollars can be read from. */
const TELLS_USD = ["pi", "claude", "opencode"];

/** The runners that could work here: `auto` and `none`, what is installed, and the config's own. */
export function runnerChoices({ config, env }: Profile): RunnerChoice[] {
  const path = env("PATH") ?? "";
  const installed: string[] = [];
  for (const name of PRESET_NAMES) if (findProgram(name, path)) installed.push(name);
  const own = Object.keys(config.runners).filter((name) => !PRESET_NAMES.includes(name));
  const first = installed[0] ?? "none is installed";
  return [
    { name: "auto", about: `the first that is installed (now: ${first})` },
    ...installed.map((name) => ({ name, about: "is installed" })),
    ...own.map((name) => ({ name, about: "of your config" })),
    { name: "none", about: "no LLM: only the goals' own rules" },
  ];
}

/** Every name that the config can have for a runner. */
export function runnerNames({ config }: Profile): string[] {
  return [...new Set(["auto", "none", ...PRESET_NAMES, ...Object.keys(config.runners)])];
}

/**
 * Name of the runner that would decide, if its decisions do not tell what they cost: a budget in dollars could only hold
 * it. `null`: they do, or nobody would decide.
 */
export function reportsNoPrice(profile: Profile, runner: string): string | null {
  const { runners } = profile.config;
  const picked = pickRunner({ ...profile, config: { ...profile.config, runner } });
  if (picked.runner === null) return null;
  const { name } = picked.runner;
  // A preset's name is that of its output format; any other command prints plain text.
  const output = Object.hasOwn(runners, name) ? runners[name].output : undefined;
  return TELLS_USD.includes(output ?? name) ? null : name;
}

/** Why a text can be neither an aim nor a line of the PLAYBOOK; `null`: it can. */
export function refuseLine(text: string): string | null {
  if (text === "") return "it is empty";
  if (text.length > 400) return `it has ${text.length} characters, at most 400 are taken`;
  if (!text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    return "it must be one line without control characters";
  }
  return null;
}

/** Reads dollars a day: `null` for `none`, `undefined` for what is no such answer. */
export function parseUsd(text: string): number | null | undefined {
  if (text === "none") return null;
  const usd = Number(text.replace(/^\$/, ""));
  return /^\$?\d+(\.\d+)?$/.test(text) && usd <= 1_000_000 ? usd : undefined;
}

/** As near to what a command gets as can be had without a profile. */
const BINDS = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"];

/** Tries bubblewrap out: `null` where it works here, else why not, in one line. */
export async function sandboxFails(profile: Profile): Promise<string | null> {
  const bwrap = findProgram("bwrap", profile.env("PATH") ?? "");
  if (bwrap === null) return "bubblewrap is not installed (apt install bubblewrap; Linux alone)";
  const argv = [bwrap, "--unshare-user-try", "--unshare-pid", "--unshare-net", ...BINDS, "true"];
  const { code, stderr } = await runTool({ argv, env: childEnv(profile) });
  return code === 0 ? null : stderr.split("\n")[0] || `bwrap ended with status ${code}`;
}

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
