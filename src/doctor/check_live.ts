import { askRunner, type RunnerAnswer } from "../decide/ask_runner.ts";
import { pickRunner } from "../decide/pick_runner.ts";
import type { Prompt } from "../decide/prompt/write_prompt.ts";
import { systemClock } from "../host/clock.ts";
import { usd } from "../model/usd.ts";
import { newRunId, runFile } from "../profile/runs.ts";
import { checkBudget } from "../workers/check_budget.ts";
import type { Check, CheckInput } from "./check.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

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
  const picked = await pickRunner(profile);
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
  return judge(answer, { name: runner.name, seconds, late, folder: runFile(profile, runId, "") });
}

interface Asked {
  name: string;
  seconds: number;
  late: boolean;
  /** What was asked and answered. */
  folder: string;
}

function judge(answer: RunnerAnswer, { name, seconds, late, folder }: Asked): Finding {
  const known = answer.calls.every(({ cost_usd }) => cost_usd !== null);
  const sum = answer.calls.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0);
  const took = `${seconds.toFixed(1)} s, ${known ? usd(sum) : "cost unknown"}`;
  if (answer.ok) return ok("live", `${name} answered: ${took}`);
  const fix = `ls ${folder} (what it was asked, and said)`;
  if (late) return fail("live", `${name} gave no answer within ${PATIENCE_S} s`, fix);
  const why = answer.error?.message ?? `${name}: a budget is used up`;
  return fail("live", `${why} (${took})`, fix);
}
