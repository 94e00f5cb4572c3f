import type { Comparison } from "../model/change.ts";
import type { CallCost, Decided, Decision } from "../model/decision.ts";
import type { Decider } from "../model/decider.ts";
import type { Goal } from "../model/goal.ts";
import type { State } from "../model/state.ts";
import { untrustedKeysOf, wakesOf, type World } from "../model/world.ts";
import type { Profile } from "../profile/profile.ts";
import { checkBudget } from "../workers/check_budget.ts";
import { approvedMove } from "./approved_move.ts";
import { askDecider } from "./ask_decider.ts";
import { askRunner, type RunnerAnswer } from "./ask_runner.ts";
import { checkMoveHere } from "./check_move_here.ts";
import { effectHolds } from "./effect_holds.ts";
import { fireRule } from "./fire_rule.ts";
import { pickRunner } from "./pick_runner.ts";
import { preparePrompt } from "./prompt/prepare_prompt.ts";
import type { Runner } from "./runners/runner.ts";

/** What a decision is made on. */
export interface DecideInput {
  runId: string;
  world: World;
  comparison: Comparison;
  state: State;
  /** Outside text is shown; a decision that is not tainted is shown none. */
  tainted: boolean;
  /** Decide for this goal alone: neither approvals nor rules come first. */
  only?: Goal;
  /** Decides in place of the configured runner. */
  decider?: Decider;
  onProgress(text: string): void;
  signal?: AbortSignal;
}

/** Finds the one move of this tick: an approved one, else a rule's, else the runner's. */
export async function decide(profile: Profile, input: DecideInput): Promise<Decided> {
  const { world, state, only } = input;
  const picked = await pickRunner(profile);
  const runnerName = input.decider ? "code" : picked.runner?.name ?? "none";
  let fired = state.fired;
  const decided = (
    decision: Decision,
    { calls = [] as CallCost[], tainted = input.tainted } = {},
  ): Decided => ({ kind: "decided", decision, tainted, fired, calls });
  if (!only) {
    const approved = await approvedMove(profile, world.asks);
    if (approved) {
      const ask = world.asks.find(({ id }) => id === approved.source);
      return decided(approved, { tainted: ask?.tainted ?? false });
    }
    const rules = await fireRule({
      goals: world.goals,
      wakes: wakesOf(world),
      untrusted: untrustedKeysOf(world),
      changed: input.comparison.changes.map((change) => change.key),
      tainted: input.tainted,
      runner: runnerName,
      workers: world.workers,
      now: profile.clock.now(),
      fired: state.fired,
      holds: (move) => effectHolds(move, world),
    });
    fired = rules.fired;
    for (const { goal, rule, error } of rules.errors) {
      profile.warn(`rule ${goal}/${rule} cannot be evaluated, so it does not match: ${error}`);
    }
    if (rules.decision) {
      const { goal, rule, move, untrusted } = rules.decision;
      const decision = { by: "rule", source: `${goal}/${rule}`, move: { goal, ...move } } as const;
      return decided(decision, { tainted: input.tainted || untrusted });
    }
  }
  if (!input.decider && !picked.runner) {
    return { kind: "undecided", why: picked.why, fired, calls: [] };
  }
  const answer = input.decider
    ? await askCode(profile, input.decider, input)
    : await askWithinBudget(profile, picked.runner!, input);
  const { calls } = answer;
  if (!answer.ok) {
    return answer.error
      ? { kind: "failed", error: answer.error, tainted: input.tainted, fired, calls }
      : { kind: "held", over: answer.over, fired, calls };
  }
  const move = only ? { goal: only.id, ...answer.move } : answer.move;
  const by = input.decider ? "code" : "runner";
  return decided({ by, source: runnerName, move }, { calls });
}

async function askCode(
  profile: Profile,
  decider: Decider,
  input: DecideInput,
): Promise<RunnerAnswer> {
  const { runId, signal, world, only } = input;
  const prompt = await preparePrompt(profile, input);
  return await askDecider(profile, decider, { runId, prompt, signal }, checkMoveHere(world, only));
}

/** Budgets stand before runners alone: what rules and people decide costs nothing. */
async function askWithinBudget(
  profile: Profile,
  runner: Runner,
  input: DecideInput,
): Promise<RunnerAnswer> {
  const { runId, world, only, onProgress, signal } = input;
  const budgetNow = () => checkBudget(profile, { workers: world.workers, except: runId });
  const { over, usdLeft } = await budgetNow();
  if (over) return { ok: false, error: null, over, calls: [] };
  return await askRunner(profile, runner, {
    ...{ runId, onProgress, signal },
    kind: only ? "run" : "tick",
    prompt: await preparePrompt(profile, input),
    usdLimit: usdLeft,
    checkBudget: budgetNow,
  }, checkMoveHere(world, only));
}
