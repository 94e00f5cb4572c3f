import { askRunner, type RunnerAnswer } from "../decide/ask_runner.ts";
import { pickRunner } from "../decide/pick_runner.ts";
import type { Prompt } from "../decide/prompt/write_prompt.ts";
import { systemClock } from "../host/clock.ts";
import { newRunId } from "../profile/runs.ts";
import { checkBudget } from "../workers/check_budget.ts";
import type { Check } from "./check.ts";
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

/** Asks the runner that decides, on the way that decisions take: it is metered, and budgets hold. */
export const liveCheck: Check = {
  name: "live",
  needsConfig: true,
  deadlineMs: null,
  async run(input) {
    const { profile } = input;
    const picked = await pickRunner(profile);
    if (!picked.runner) return [warn("live", `there is nobody to ask: ${picked.why}`, null)];
    const runId = newRunId(profile.clock.now());
    const budgetNow = () => checkBudget(profile, { except: runId });
    const { over, usdLeft } = await budgetNow();
    if (over) return [warn("live", `not asked: ${over.why}`, "looop asks")];
    const timeUp = new AbortController();
    const done = new AbortController();
    systemClock.sleep(PATIENCE_S * 1000, done.signal).then(() => timeUp.abort());
    const started = profile.clock.now();
    const answer = await askRunner(profile, picked.runner, {
      ...{ runId, usdLimit: usdLeft, checkBudget: budgetNow, prompt: PROMPT },
      kind: "tick",
      signal: AbortSignal.any([input.signal, timeUp.signal]),
      onProgress: () => undefined,
    }, () => Promise.resolve(null));
    const late = timeUp.signal.aborted;
    done.abort();
    const seconds = (profile.clock.now().getTime() - started.getTime()) / 1000;
    return [judge(answer, { name: picked.runner.name, seconds, late, runId })];
  },
};

interface Asked {
  name: string;
  seconds: number;
  late: boolean;
  runId: string;
}

function judge(answer: RunnerAnswer, { name, seconds, late, runId }: Asked): Finding {
  const known = answer.calls.every(({ cost_usd }) => cost_usd !== null);
  const usd = answer.calls.reduce((sum, { cost_usd }) => sum + (cost_usd ?? 0), 0);
  const cost = known ? `$${usd.toFixed(4)}` : "cost unknown";
  const took = `${seconds.toFixed(1)} s, ${cost}`;
  if (answer.ok) return ok("live", `${name} answered: ${took}`);
  if (late) return fail("live", `${name} gave no answer within ${PATIENCE_S} s`, `runs/${runId}/`);
  const why = answer.error?.message ?? "the budget is used up";
  return fail("live", `${why} (${took})`, `look at runs/${runId}/ in the data directory`);
}
