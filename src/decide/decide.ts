/**
 * Decides on one move.
 *
 * - `decide.ts` picks its source: an approval, a goal's rule, code or a runner
 * - `rules.ts` evaluates the goals' rules; `scheduled.ts` has the moves of schedules
 * - `ask_runner.ts` calls a runner and meters it; `runners/` has the presets
 * - `parse_move.ts` parses and checks an answer
 * - `prompt/` writes the prompt
 *
 * @module
 */

import type { RuleInput } from "../cel/variables.ts";
import { describeEnd } from "../goals/ready.ts";
import { moveNamesUnknown } from "../goals/names.ts";
import { keysOf } from "../goals/progress.ts";
import { checkApproval, ELSEWHERE, isElsewhere } from "../inbox/answer.ts";
import { exactMove } from "../inbox/exact_move.ts";
import type { Profile } from "../profile/profile.ts";
import { writeRunFile } from "../profile/runs.ts";
import { type Ask, isYes } from "../schema/ask.ts";
import type { OverBudget } from "../schema/config.ts";
import type { Decided, Decider, Decision } from "../schema/decision.ts";
import { messageOf } from "../schema/errors.ts";
import { isJsonObject } from "../schema/json.ts";
import type { Move } from "../schema/move.ts";
import { isForDecider, ownSlot, slotVariable } from "../schema/schedule.ts";
import { isCurrent } from "../schema/state.ts";
import { dueSlots, untrustedKeysOf, type Wakes, wakesOf, type World } from "../schema/world.ts";
import { checkBudget } from "../workers/spending.ts";
import { askRunner, type RunnerAnswer } from "./ask_runner.ts";
import { isRequested } from "./cause.ts";
import { checkMove, checkMoveHere } from "./parse_move.ts";
import { type Situation, withheldIn } from "./prompt/parts.ts";
import { preparePrompt } from "./prompt/prompt.ts";
import { effectHolds, fireRule } from "./rules.ts";
import { pickRunner, type Runner } from "./runners/runner.ts";

/** Arguments of {@linkcode decide}. */
export interface DecideInput extends Situation {
  runId: string;
  /** Ask no runner: an approved move or a rule decides, or nothing does. */
  rulesOnly?: boolean;
  /** Ignore the goals' rules too. */
  schedulesOnly?: boolean;
  /** Ids of the goals whose `done` has held on two ticks. Default: none. */
  ending?: readonly string[];
  /** Decides in place of the configured runner. */
  decider?: Decider;
  onProgress(text: string): void;
  signal?: AbortSignal;
}

/**
 * Decides on the one move of this tick: an approved one, else a rule's, else that of a schedule, else the runner's. A
 * decision for one goal alone skips all but the runner.
 */
export async function decide(profile: Profile, given: DecideInput): Promise<Decided> {
  const set_aside = given.state.set_aside.filter((one) =>
    isCurrent(one, given.comparison.digests, profile.configDigest)
  );
  const input = { ...given, state: { ...given.state, set_aside } };
  const { world, state, only, over = [] } = input;
  const picked = pickRunner(profile);
  const runnerName = input.decider ? "code" : picked.runner?.name ?? "none";
  let fired = state.fired;
  const decided = (
    decision: Decision,
    { calls, tainted, lasting, ends, slots = [] }: Partial<Decided & { kind: "decided" }> = {},
  ): Decided => ({
    ...{ kind: "decided", decision, tainted: tainted ?? input.tainted, fired, calls: calls ?? [] },
    ...(slots.length > 0 ? { slots } : {}),
    ...(lasting ? { lasting } : {}),
    ...(ends ? { ends } : {}),
  });
  const due = dueSlots(world);
  const scheduled = due.length > 0 ? await import("./scheduled.ts") : null;
  const forDecider = due.filter(isForDecider).map(({ name }) => name);
  if (!only) {
    const approved = await approvedMove(profile, world.asks);
    if (approved) {
      const ask = world.asks.find(({ id }) => id === approved.source);
      return decided(approved, { tainted: ask?.tainted ?? false });
    }
    const holds = async (move: Move) =>
      await effectHolds(move, world) || isRequested(move, world.asks, profile.mask);
    const { hash } = input.comparison;
    const seen = ruleInput(profile, input, runnerName);
    const rules = await fireRule({
      ...(given.schedulesOnly ? { ...seen, goals: [] } : seen),
      ...{ untrusted: untrustedKeysOf(world), fired: state.fired, hash, holds },
      ending: input.ending,
      over: over.flatMap(({ goal }) => goal?.id ?? []),
    });
    fired = {
      ...(given.schedulesOnly ? state.fired : rules.fired),
      ...scheduled?.keepOfSlots(due, state.fired),
    };
    for (const { goal, rule, error } of rules.errors) {
      profile.warn(`rule \`${goal}/${rule}\` is ignored: ${error}`);
    }
    if (rules.decision) {
      const { goal, rule, move, untrusted, lasting, ends } = rules.decision;
      const ended = ends && world.goals.find(({ id }) => id === goal);
      const end = ended &&
        { journal: await describeEnd(profile, ended, state.goals, world.workers) };
      const decision = {
        ...{ by: "rule", source: `${goal}/${rule}` } as const,
        move: { goal, ...move, ...end },
      };
      // What else changed has no part in the end of a goal.
      const tainted = untrusted || (!ends && input.tainted);
      const slots = ends ? [] : forDecider.filter((name) => rules.slots.includes(name));
      return decided(decision, { tainted, lasting, ends, slots });
    }
    const own = ownSlot(due, state.fired, seen.now, hash);
    const done = due.find((slot) => isForDecider(slot) && rules.slots.includes(slot.name));
    const isUnread = profile.config.runner === "none" && !input.decider && !input.rulesOnly;
    const unread = due.find((slot) => isForDecider(slot) && !rules.waiting.includes(slot.name));
    const slot = own ?? done ?? (isUnread ? unread : undefined);
    if (slot) {
      const holdsAlready = slot === done || (slot.do !== undefined && await holds(slot.do));
      const decision = scheduled!.scheduledDecision(
        slot,
        holdsAlready ? "holds" : slot === own ? undefined : "unread",
      );
      fired = { ...fired, [decision.source]: slot.slot };
      return decided(decision, { tainted: slot.untrusted, slots: [slot.name] });
    }
  }
  const noRunner = input.decider || picked.runner ? null : picked.why;
  const why = input.rulesOnly ? "no rule is due" : noRunner;
  if (why !== null) return { kind: "undecided", why, fired, calls: [] };
  const [first] = over;
  if (first && !isForOthers(input, over)) {
    return {
      kind: "held",
      over: over.find(({ goal }) => goal?.id === only?.id) ?? first,
      fired,
      calls: [],
    };
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
  return decided({ by, source: runnerName, move }, { calls, slots: only ? [] : forDecider });
}

/** Whether there is something to decide for a goal that is within its budget. */
function isForOthers(
  { world, comparison: { changes }, state, only }: DecideInput,
  over: readonly OverBudget[],
): boolean {
  const ids = over.flatMap(({ goal }) => goal?.id ?? []);
  if (only) return !ids.includes(only.id);
  if (world.goals.every(({ id, error }) => error !== undefined || ids.includes(id))) return false;
  const own = new Set(ids.flatMap(keysOf));
  const workers = world.workers.filter(({ goal }) => goal !== null && ids.includes(goal));
  for (const { id } of workers) own.add(`worker:${id}`);
  return state.again || changes.length === 0 || changes.some(({ key }) => !own.has(key));
}

/** What the goals' rules see of a world. */
export function ruleInput(
  profile: Profile,
  { world, comparison, tainted }: Pick<Situation, "world" | "comparison" | "tainted">,
  runner = pickRunner(profile).runner?.name ?? "none",
): RuleInput {
  const slots = slotWakes(world);
  return {
    goals: world.goals,
    wakes: { ...wakesOf(world), ...slots },
    exact: { ...wakesOf(world, { exact: true }), ...slots },
    schedules: world.schedules.map(({ name }) => name),
    ...{ workers: world.workers, runner, tainted },
    changed: comparison.changes.map((change) => change.key),
    now: profile.clock.now(),
  };
}

/** The slots that are due, as rules see them. */
export function slotWakes(world: Pick<World, "schedules">): Wakes {
  const due = dueSlots(world).filter(({ skip }) => !skip);
  return Object.fromEntries(due.map((slot) => [`schedule:${slot.name}`, slotVariable(slot)]));
}

/** Asks a decider function; an exception or an invalid answer is a failed decision, as with a runner. */
async function askCode(
  profile: Profile,
  decider: Decider,
  input: DecideInput,
): Promise<RunnerAnswer> {
  const { system, user } = await preparePrompt(profile, input);
  const text = `${system}\n${user}`;
  await writeRunFile(profile, input.runId, "prompt.md", text);
  const rejected = (message: string): RunnerAnswer => ({
    ...{ ok: false, error: { kind: "refused", message }, calls: [] },
  });
  let answer: unknown;
  try {
    answer = await decider(text, input.signal);
  } catch (error) {
    return rejected(`the decider threw: ${messageOf(error)}`);
  }
  const parsed = checkMove(withoutUndefined(answer));
  const why = parsed.ok ? await checkHere(profile, input)(parsed.move) : parsed.why;
  return parsed.ok && why === null
    ? { ok: true, move: parsed.move, calls: [] }
    : rejected(`the decider's answer was rejected: ${why}`);
}

/** Tries after which a move that fails is not accepted again while the world stays the same. */
const MAX_TRIES = 2;

function checkHere(profile: Profile, input: DecideInput) {
  const { world, only, state, comparison, over } = input;
  const setAside = state.set_aside.filter((one) =>
    one.world === comparison.hash && (one.denied || one.tries >= MAX_TRIES)
  );
  const names = (move: Move) => moveNamesUnknown(profile, move);
  const check = checkMoveHere(world, { only, mask: profile.mask, setAside, over, names });
  return async (move: Move) => {
    const why = await check(move);
    return why && withheldIn(input, why);
  };
}

/** In code, an absent field may be `undefined`, which JSON cannot represent. */
function withoutUndefined(answer: unknown): unknown {
  if (!isJsonObject(answer)) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== undefined));
}

/** Budgets limit runners alone: rules, approvals and code cost nothing. */
async function askWithinBudget(
  profile: Profile,
  runner: Runner,
  input: DecideInput,
): Promise<RunnerAnswer> {
  const { runId, world, only, onProgress, signal } = input;
  const budgetNow = () => checkBudget(profile, { workers: world.workers });
  const { over, usdLeft } = await budgetNow();
  if (over) return { ok: false, error: null, over, calls: [] };
  return await askRunner(profile, runner, {
    ...{ runId, onProgress, signal },
    kind: only ? "run" : "tick",
    goal: only?.id,
    prompt: await preparePrompt(profile, input),
    usdLimit: usdLeft,
    checkBudget: budgetNow,
  }, checkHere(profile, input));
}

/**
 * Returns the approved move that waits to be applied, the one approved first; `null` if there is none. Warns of each
 * approval that is invalid.
 */
export async function approvedMove(profile: Profile, asks: Ask[]): Promise<Decision | null> {
  const approved = [];
  for (const ask of asks) {
    const { id, approval, answer } = ask;
    if (!approval || !answer || !isYes(answer)) continue;
    const wrong = await checkApproval(profile, ask) ??
      (await isElsewhere(profile, ask) ? ELSEWHERE : null);
    const move = wrong === null ? await exactMove(profile, ask) : null;
    if (move) approved.push({ id, move, at: answer.at });
    else profile.warn(`the approval ${id} is ignored: ${wrong}`);
  }
  const [first] = approved.sort((a, b) => (a.at < b.at ? -1 : 1));
  return first ? { by: "approval", source: first.id, move: first.move } : null;
}
