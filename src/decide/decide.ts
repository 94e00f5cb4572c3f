import type { Comparison } from "../model/change.ts";
import type { CallCost, Decided, Decision } from "../model/decision.ts";
import type { Decider } from "../model/decider.ts";
import type { Goal } from "../model/goal.ts";
import type { State } from "../model/state.ts";
import { wakesOf, type World } from "../model/world.ts";
import type { Profile } from "../profile/profile.ts";
import { approvedMove } from "./approved_move.ts";
import { askDecider } from "./ask_decider.ts";
import { askRunner } from "./ask_runner.ts";
import { checkMoveHere } from "./check_move_here.ts";
import { effectHolds } from "./effect_holds.ts";
import { fireRule } from "./fire_rule.ts";
import { pickRunner } from "./pick_runner.ts";
import { preparePrompt } from "./prompt/prepare_prompt.ts";

/** What a decision is made on. */
export interface DecideInput {
  runId: string;
  world: World;
  comparison: Comparison;
  state: State;
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
  const decided = (decision: Decision, calls: CallCost[] = []): Decided => ({
    kind: "decided",
    decision,
    fired,
    calls,
  });
  if (!only) {
    const approved = await approvedMove(profile, world.asks);
    if (approved) return decided(approved);
    const rules = await fireRule({
      goals: world.goals,
      wakes: wakesOf(world),
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
      const { goal, rule, move } = rules.decision;
      return decided({ by: "rule", source: `${goal}/${rule}`, move: { goal, ...move } });
    }
  }
  if (!input.decider && !picked.runner) {
    return { kind: "undecided", why: picked.why, fired, calls: [] };
  }
  const prompt = await preparePrompt(profile, input);
  const check = checkMoveHere(world, only);
  const answer = input.decider
    ? await askDecider(
      profile,
      input.decider,
      { runId: input.runId, prompt, signal: input.signal },
      check,
    )
    : await askRunner(profile, picked.runner!, {
      runId: input.runId,
      kind: only ? "run" : "tick",
      prompt,
      onProgress: input.onProgress,
      signal: input.signal,
    }, check);
  if (!answer.ok) return { kind: "failed", error: answer.error, fired, calls: answer.calls };
  const move = only ? { goal: only.id, ...answer.move } : answer.move;
  const by = input.decider ? "code" : "runner";
  return decided({ by, source: runnerName, move }, answer.calls);
}
