import { askRunner } from "../decide/ask_runner.ts";
import { pickRunner } from "../decide/runners/runner.ts";
import type { Prompt } from "../decide/prompt/prompt.ts";
import { systemClock } from "../os/clock.ts";
import { findProgram } from "../os/run_tool.ts";
import { runnerEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId, runFile } from "../profile/runs.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import { quoteWord, usd } from "../schema/text.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import { findWorkerNotReady } from "../workers/setup_session.ts";
import { checkBudget } from "../workers/spending.ts";
import { type Check, type CheckInput, fail, type Finding, ok, warn } from "./check.ts";
import { askVersion } from "./programs.ts";

const INSTALL =
  "npm install -g @anthropic-ai/claude-code, or another of them, or name a custom command " +
  "under runners in the config (looop help config)";
const NONE = "only the goals' own rules decide, and no worker can start";

/** Milliseconds for a runner's version: on a busy machine, a large program on Node takes more than ten seconds to start. */
const VERSION_MS = 25_000;

/** Checks which runners are installed, and which the config selects. Calls no model. */
export const checkRunners: Check = {
  name: "runners",
  needsConfig: true,
  deadlineMs: 30_000,
  async *run(input) {
    const presets = await Promise.all(PRESET_NAMES.map((name) => checkPreset(name, input)));
    const installed = presets.filter((one) => one !== null);
    const { runner, worker_runner } = input.profile.config;
    if (installed.length === 0 && runner === "auto" && worker_runner === "auto") {
      return yield warn(`${PRESET_NAMES.join(", ")}: none is on PATH, so ${NONE}`, INSTALL);
    }
    yield* installed;
    yield { ...ofDecisions(input.profile), check: "decisions" };
    yield { ...await ofWorkers(input.profile), check: "worker runner" };
  },
};

/** `null`: it is not installed. */
async function checkPreset(name: string, { profile, signal }: CheckInput): Promise<Finding | null> {
  const path = findProgram(name, profile.env("PATH") ?? "");
  if (path === null) return null;
  const env = runnerEnv(profile, name);
  const answer = await askVersion([name, "--version"], env, signal, VERSION_MS);
  return answer.ok
    ? ok(`${answer.version} at ${path}`, `runner ${name}`)
    : fail(`${path} does not run: ${answer.why}`, `${name} --version`, `runner ${name}`);
}

function ofDecisions(profile: Profile): Finding {
  const { runner: asked } = profile.config;
  const picked = pickRunner(profile);
  if (picked.runner) {
    const how = asked === "auto" ? "auto: the first that is installed" : "set in the config";
    return ok(`by ${picked.runner.name} (${how})`);
  }
  const found = `only by the goals' own rules: ${picked.why}`;
  if (asked === "none") return ok(found);
  return asked === "auto"
    ? warn(found, INSTALL)
    : fail(found, `install ${asked}, or set another runner in ${profile.configPath}`);
}

async function ofWorkers(profile: Profile): Promise<Finding> {
  const { worker_runner: asked, runner } = profile.config;
  try {
    const { agent } = pickAgent(profile);
    const cutOff = profile.config.sandbox !== "none" && agent.needsNetwork &&
      !profile.config.runners[agent.name]?.network;
    const needed = await findWorkerNotReady(profile);
    if (needed) {
      return warn(`no worker can start: ${needed.why}`, `looop setup-agent ${needed.runner}`);
    }
    if (!cutOff) return ok(agent.name);
    const found = `${agent.name} has no network in the sandbox, so it cannot reach its model`;
    const fix = `"runners": {"${agent.name}": {"network": true}} in ${profile.configPath}`;
    return warn(found, fix);
  } catch (error) {
    const why = messageOf(error);
    if (asked === "none") return ok(why);
    if (asked === "auto") return warn(why, INSTALL);
    // Workers use the runner of decisions by default.
    const level = asked === runner ? warn : fail;
    return level(why, `set worker_runner in ${profile.configPath}`);
  }
}

/** Seconds to wait for the runner's answer. */
const TIMEOUT_S = 120;

const PROMPT: Prompt = {
  system:
    "This is a test of the connection. Use no tools. Answer with exactly one JSON object and " +
    "nothing else.\n",
  user:
    `Answer with: {"action": "noop", "reason": "asked by looop doctor", "journal": "answered"}\n`,
};

/**
 * Calls the runner of decisions, and that of workers if it is another one that can decide, as a decision does: costs
 * are recorded, and budgets apply.
 */
export const liveCheck: Check = {
  name: "live",
  needsConfig: true,
  deadlineMs: null,
  async *run(input) {
    const { config } = input.profile;
    const { worker_runner, runners } = config;
    const alsoWorks = worker_runner !== config.runner && worker_runner !== "none" &&
      (!Object.hasOwn(runners, worker_runner) || runners[worker_runner].tick !== undefined);
    yield await ask(input);
    // A call after a stop would cost money for nothing.
    input.signal.throwIfAborted();
    if (!alsoWorks) return;
    yield await ask(input, worker_runner);
  },
};

async function ask({ profile, signal }: CheckInput, name?: string): Promise<Finding> {
  const picked = pickRunner(profile, name);
  if (!picked.runner) {
    return warn(`there is no runner to call: ${picked.why}`, "looop help config");
  }
  const { runner } = picked;
  const runId = newRunId(profile.clock.now());
  const budgetNow = () => checkBudget(profile);
  const { over, usdLeft } = await budgetNow();
  if (over) return warn(`${runner.name} was not called: ${over.why}`, "looop asks");
  const timeUp = new AbortController();
  systemClock.sleep(TIMEOUT_S * 1000, timeUp.signal).then(() => timeUp.abort());
  const started = profile.clock.now().getTime();
  const answer = await askRunner(profile, runner, {
    ...{ runId, usdLimit: usdLeft, checkBudget: budgetNow, prompt: PROMPT },
    kind: "tick",
    signal: AbortSignal.any([signal, timeUp.signal]),
    onProgress: () => undefined,
  }, () => Promise.resolve(null));
  const late = timeUp.signal.aborted;
  timeUp.abort();
  const seconds = (profile.clock.now().getTime() - started) / 1000;
  const known = answer.calls.every(({ cost_usd }) => cost_usd !== null);
  const sum = answer.calls.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0);
  const took = `${seconds.toFixed(1)} s, ${known ? usd(sum) : "cost unknown"}`;
  if (answer.ok) return ok(`${runner.name} answered: ${took}`);
  const fix = `ls ${quoteWord(runFile(profile, runId, ""))} (the prompt and the answer)`;
  if (late) return fail(`${runner.name} did not answer within ${TIMEOUT_S} s`, fix);
  const why = answer.error?.message ?? `${runner.name}: over budget`;
  return fail(`${why} (${took})`, fix);
}
