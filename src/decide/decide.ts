import { checkApproval } from "../inbox/answer.ts";
import { findProgram } from "../os/run_tool.ts";
import type { Profile } from "../profile/profile.ts";
import { type Ask, isYes } from "../schema/ask.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import type { CallCost, Decided, Decider, Decision } from "../schema/decision.ts";
import type { State } from "../schema/state.ts";
import {
  type Comparison,
  type Goal,
  untrustedKeysOf,
  wakesOf,
  type World,
} from "../schema/world.ts";
import { checkBudget } from "../workers/spending.ts";
import { askRunner, type RunnerAnswer } from "./ask_runner.ts";
import { askDecider, checkMoveHere } from "./parse_move.ts";
import { preparePrompt } from "./prompt/prompt.ts";
import { effectHolds, fireRule } from "./rules.ts";
import { runnerNamed } from "./runners/presets.ts";
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
  const picked = pickRunner(profile);
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

/**
 * The approved move that waits to be made, the first one that got its yes; `null` when there is none. A yes that
 * counts for nothing is told to the person.
 */
export async function approvedMove(profile: Profile, asks: Ask[]): Promise<Decision | null> {
  const yeses = [];
  for (const ask of asks) {
    const { id, approval, answer } = ask;
    if (!approval || !answer || !isYes(answer)) continue;
    const wrong = await checkApproval(profile, ask);
    if (wrong === null) yeses.push({ id, move: approval.move, at: answer.at });
    else profile.warn(`the yes to ${id} counts for nothing: ${wrong}`);
  }
  const [first] = yeses.sort((a, b) => (a.at < b.at ? -1 : 1));
  return first ? { by: "approval", source: first.id, move: first.move } : null;
}

/** The runner that decides, or why there is none. */
export type Picked = { runner: Runner } | { runner: null; why: string };

/** Picks the runner that the config names; `auto` takes the first preset that is installed. */
export function pickRunner(profile: Profile): Picked {
  const { config, env } = profile;
  const path = env("PATH") ?? "";
  if (config.runner === "none") return { runner: null, why: `the config says "runner": "none"` };
  if (config.runner === "auto") {
    for (const name of PRESET_NAMES) {
      if (findProgram(name, path)) return { runner: load(profile, name) };
    }
    return {
      runner: null,
      why: `no LLM runner is installed (looked for ${PRESET_NAMES.join(", ")} on PATH)`,
    };
  }
  const name = config.runner;
  const ownCommand = config.runners[name]?.tick !== undefined;
  if (!ownCommand && !findProgram(name, path)) {
    return { runner: null, why: `the runner ${name} is not on PATH` };
  }
  return { runner: load(profile, name) };
}

function load({ config }: Profile, name: string): Runner {
  return runnerNamed(name, config.runners[name]);
}
