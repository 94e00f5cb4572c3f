import { askRunner, type RunnerAnswer } from "../decide/ask_runner.ts";
import { pickRunner } from "../decide/decide.ts";
import type { Prompt } from "../decide/prompt/prompt.ts";
import { systemClock } from "../os/clock.ts";
import { findProgram } from "../os/run_tool.ts";
import { realPath } from "../os/stat.ts";
import { runnerEnv } from "../profile/child_env.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId, runFile } from "../profile/runs.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import { usd } from "../schema/text.ts";
import { pickAgent } from "../workers/agents/presets.ts";
import { checkBudget } from "../workers/spending.ts";
import { type Check, type CheckInput, fail, type Finding, ok, warn } from "./check.ts";
import { askVersion } from "./programs.ts";

const INSTALL =
  "npm install -g @anthropic-ai/claude-code, or another of them, or name a command of " +
  "your own under runners in the config (looop help config)";
const NONE = "only the goals' own rules decide, and no worker can start";

/** Looks at which runners are installed, and which the config picks; asks none of them anything. */
export const checkRunners: Check = {
  name: "runners",
  needsConfig: true,
  async run(input) {
    const installed = await Promise.all(PRESET_NAMES.map((name) => look(name, input)));
    const { runner, worker_runner } = input.profile.config;
    const none = installed.flat().length === 0 && runner === "auto" && worker_runner === "auto";
    return none
      ? [warn("runners", `${PRESET_NAMES.join(", ")}: none is on PATH, so ${NONE}`, INSTALL)]
      : [...installed.flat(), decides(input.profile), await works(input.profile)];
  },
};

async function look(name: string, { profile, signal }: CheckInput): Promise<Finding[]> {
  const path = findProgram(name, profile.env("PATH") ?? "");
  if (path === null) return [];
  const check = `runner ${name}`;
  const answer = await askVersion([name, "--version"], runnerEnv(profile, name), signal);
  if (answer.ok) return [ok(check, `${answer.version} at ${path}`)];
  return [fail(check, `${path} does not run: ${answer.why}`, `${name} --version`)];
}

function decides(profile: Profile): Finding {
  const { runner: asked } = profile.config;
  const picked = pickRunner(profile);
  if (picked.runner) {
    const how = asked === "auto" ? "auto: the first that is installed" : "as the config says";
    return ok("decisions", `by ${picked.runner.name} (${how})`);
  }
  if (asked === "none") return ok("decisions", `by the goals' own rules alone: ${picked.why}`);
  const found = `only by the goals' own rules: ${picked.why}`;
  return asked === "auto"
    ? warn("decisions", found, INSTALL)
    : fail("decisions", found, `install ${asked}, or give another runner in ${profile.configPath}`);
}

async function works(profile: Profile): Promise<Finding> {
  const { worker_runner: asked, runner } = profile.config;
  try {
    const { agent } = pickAgent(profile);
    const cutOff = profile.config.sandbox !== "none" && agent.needsNetwork &&
      !profile.config.runners[agent.name]?.network;
    const cwd = await realPath(profile.paths.dataDir) ?? profile.paths.dataDir;
    const obstacle = await agent.findObstacle?.(cwd, profile.environment);
    if (obstacle) {
      return warn(
        "worker runner",
        `no worker can start: ${obstacle}`,
        `cd ${cwd} && ${agent.name}`,
      );
    }
    if (!cutOff) return ok("worker runner", agent.name);
    const found = `${agent.name} has no network in the sandbox, so it cannot reach its model`;
    const fix = `"runners": {"${agent.name}": {"network": true}} in ${profile.configPath}`;
    return warn("worker runner", found, fix);
  } catch (error) {
    const why = messageOf(error);
    if (asked === "none") return ok("worker runner", why);
    if (asked === "auto") return warn("worker runner", why, INSTALL);
    // Most likely nobody named it: a runner that decides is the workers' as well.
    const level = asked === runner ? warn : fail;
    return level("worker runner", why, `give a worker_runner in ${profile.configPath}`);
  }
}

/** Seconds for the runner's answer: more than a trivial prompt takes anywhere. */
const PATIENCE_S = 120;

const PROMPT: Prompt = {
  system:
    "You are asked once, to see that you answer. Use no tools. Answer with exactly one JSON " +
    "object and nothing else.\n",
  user:
    `Answer with: {"action": "noop", "reason": "asked by looop doctor", "journal": "answered"}\n`,
};

/**
 * Asks the runner that decides, and that of workers where it is another that can decide, on the way that decisions
 * take: they are metered, and budgets hold.
 */
export const liveCheck: Check = {
  name: "live",
  needsConfig: true,
  deadlineMs: null,
  async run(input) {
    const { config } = input.profile;
    const { worker_runner, runners } = config;
    const alsoWorks = worker_runner !== config.runner && worker_runner !== "none" &&
      (!Object.hasOwn(runners, worker_runner) || runners[worker_runner].tick !== undefined);
    const findings = [await ask(input)];
    // Else one that nobody wants any more would be metered.
    input.signal.throwIfAborted();
    if (alsoWorks) {
      const profile = { ...input.profile, config: { ...config, runner: worker_runner } };
      findings.push(await ask({ ...input, profile }));
    }
    return findings;
  },
};

async function ask({ profile, signal }: CheckInput): Promise<Finding> {
  const picked = pickRunner(profile);
  if (!picked.runner) {
    return warn("live", `there is nobody to ask: ${picked.why}`, "looop help config");
  }
  const { runner } = picked;
  const runId = newRunId(profile.clock.now());
  const budgetNow = () => checkBudget(profile, { except: runId });
  const { over, usdLeft } = await budgetNow();
  if (over) return warn("live", `${runner.name} was not asked: ${over.why}`, "looop asks");
  const timeUp = new AbortController();
  const done = new AbortController();
  systemClock.sleep(PATIENCE_S * 1000, done.signal).then(() => timeUp.abort());
  const started = profile.clock.now().getTime();
  const answer = await askRunner(profile, runner, {
    ...{ runId, usdLimit: usdLeft, checkBudget: budgetNow, prompt: PROMPT },
    kind: "tick",
    signal: AbortSignal.any([signal, timeUp.signal]),
    onProgress: () => undefined,
  }, () => Promise.resolve(null));
  const late = timeUp.signal.aborted;
  done.abort();
  const seconds = (profile.clock.now().getTime() - started) / 1000;
  return judge(answer, { name: runner.name, seconds, late, dir: runFile(profile, runId, "") });
}

interface Asked {
  name: string;
  seconds: number;
  late: boolean;
  /** What was asked and answered. */
  dir: string;
}

function judge(answer: RunnerAnswer, { name, seconds, late, dir }: Asked): Finding {
  const known = answer.calls.every(({ cost_usd }) => cost_usd !== null);
  const sum = answer.calls.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0);
  const took = `${seconds.toFixed(1)} s, ${known ? usd(sum) : "cost unknown"}`;
  if (answer.ok) return ok("live", `${name} answered: ${took}`);
  const fix = `ls ${dir} (what it was asked, and said)`;
  if (late) return fail("live", `${name} gave no answer within ${PATIENCE_S} s`, fix);
  const why = answer.error?.message ?? `${name}: a budget is used up`;
  return fail("live", `${why} (${took})`, fix);
}
