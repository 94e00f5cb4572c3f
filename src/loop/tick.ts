import { diff } from "../diff/diff.ts";
import { findDueSlots } from "../diff/schedules.ts";
import { listAsks } from "../inbox/asks.ts";
import type { Progress } from "../goals/progress.ts";
import { isInterrupted, isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { listInboxes } from "../profile/worker_ids.ts";
import { isExpired } from "../schema/ask.ts";
import type { Decider } from "../schema/decision.ts";
import { needsObservation, settledNews } from "../schema/progress.ts";
import type { TickResult } from "../schema/tick_result.ts";
import type { State } from "../schema/state.ts";
import type { CodeSensor, Comparison, Goal, GoalFile, World } from "../schema/world.ts";
import { sense } from "../sense/sense.ts";

/** Options of a tick. */
export interface TickInput {
  /** Sensors in code, by name, beside the executables of `sensors/`. */
  sensors?: Record<string, CodeSensor>;
  /** Decides instead of the configured runner. */
  decider?: Decider;
  /** Decide for this goal, even if nothing changed. */
  only?: Goal;
  /** Decide and admit, but apply and write nothing. */
  dryRun?: boolean;
  /** Receives the progress of a runner. */
  onProgress?(text: string): void;
  /** Receives what the tick has observed, before it decides. */
  onObserved?(world: Pick<World<GoalFile>, "workers">): void;
  /** Stops the tick and all programs that it started. */
  signal?: AbortSignal;
}

/**
 * One pass of the loop: sense → diff → decide → admit → act → log. Applies at most one move. Modules that an idle tick
 * does not need are imported where they are first needed.
 */
export async function tick(profile: Profile, input: TickInput = {}): Promise<TickResult> {
  const { only: forced, dryRun, signal } = input;
  if (isInterrupted(profile)) await (await import("../log/recover.ts")).recoverMove(profile);
  if (!forced && isPaused(profile)) {
    await (await import("../workers/spending.ts")).enforceWorkerBudget(profile);
    return { outcome: "paused" };
  }
  if (!dryRun) await closeEndedAsks(profile);
  let state = await readState(profile);

  const observed = await sense(profile, { ...input, receive: receiver(profile) })
    .catch((error) => {
      // After an abort it is only that of killed sensors.
      if (!signal?.aborted) throw error;
      return null;
    });
  if (!observed) return { outcome: "stopped" };
  input.onObserved?.(observed);

  if (observed.schedules.length > 0 || Object.keys(state.schedules).length > 0) {
    state = await findDueSlots(profile, observed, state, { dryRun });
  }
  const goals = forced ? null : await observeGoals(profile, observed, state, input);
  const progress = goals?.progress ?? null;
  state = goals?.state ?? state;

  const { comparison, due, tainted } = await diff(profile, observed, state, {
    ...input,
    ends: progress,
  });
  const { hash } = comparison;
  if (!forced && !dryRun && observed.asks.some(({ rule, answer }) => rule && !answer)) {
    state = await withdrawAsks(profile, observed, { comparison, tainted, state });
  }
  // What needs no runner does not wait for one: an approved move, and the goals' rules.
  const parked = !forced && !due.decide && due.because === "parked" && comparison.changes.length > 0
    ? { outcome: due.because, hash, why: due.why } as const
    : null;
  if (!forced && !due.decide && !parked) {
    return due.because === "unchanged"
      ? { outcome: "idle", hash }
      : { outcome: due.because, hash, why: due.why };
  }

  const { act, admit, askToLift, begin, costOf, decide, goalsOverBudget, recordNoMove, ...stages } =
    await import("./move.ts");
  const { log, newRun, planMove, saveRun } = stages;
  const { runId, world } = await newRun(profile, observed);
  const over = await goalsOverBudget(profile, world, state.goals);
  if (over.length > 0 && !dryRun) await askToLift(profile, over, runId);
  const seen = { runId, world, comparison, state, over };

  const onProgress = input.onProgress ?? (() => undefined);
  const { rulesOnly = parked !== null, schedulesOnly = false } = !forced && due.decide ? due : {};
  const decided = await decide(profile, {
    ...{ ...input, ...seen, tainted, onProgress, rulesOnly, schedulesOnly },
    ending: progress?.ending,
  });
  await saveRun(profile, { ...seen, decided });
  const cost_usd = costOf(decided.calls);
  if (decided.kind !== "decided") {
    const result = await recordNoMove(profile, { ...seen, decided, forced, cost_usd, dryRun });
    return parked ?? (rulesOnly ? { outcome: "idle", hash } : result);
  }

  const verdict = await admit(profile, decided.decision.move, {
    ...seen,
    tainted: decided.tainted,
    decider: input.decider,
    by: decided.decision.by,
  });
  const plan = await planMove({ ...seen, decided, verdict, forced: forced !== undefined });
  const { decision } = decided;
  const result = { hash, run_id: runId, decision, verdict: plan.verdict, cost_usd };
  if (dryRun) return { outcome: "planned", ...result };

  using begun = await begin(profile, plan, signal);
  if (!begun) return { outcome: "idle", hash };

  const outcome = await act(profile, begun.intent, signal);

  const journal = await log(profile, begun.intent, outcome);
  return { outcome: "moved", ...result, result: outcome, journal };
}

/** Observes the goals, and records what has changed; `null` if none needs it. Adds its news to the world. */
async function observeGoals(
  profile: Profile,
  observed: World<GoalFile>,
  state: State,
  { decider, dryRun }: TickInput,
): Promise<{ progress: Progress | null; state: State }> {
  const { config, clock } = profile;
  const decides = decider !== undefined || config.runner !== "none";
  const lateS = decides ? config.fairness : 0;
  const settled = settledNews(state.goals, state.baseline);
  if (!needsObservation(observed.goals, state.goals, { lateS, now: clock.now(), settled })) {
    if (Object.keys(settled).length > 0) observed.news = settled;
    return { progress: null, state };
  }
  const progress = await (await import("../goals/progress.ts"))
    .observeGoals(profile, observed, state, { lateS });
  observed.news = progress.news;
  if (dryRun) return { progress, state };
  const { recordProgress } = await import("../log/progress.ts");
  return { progress, state: await recordProgress(profile, state, progress) };
}

/** Closes looop's own asks that are answered or not needed any more, and the approvals that have expired. */
async function closeEndedAsks(profile: Profile): Promise<void> {
  const { asks } = await listAsks(profile);
  const held = asks.filter(({ hold }) => hold);
  if (held.length > 0) await (await import("../log/over_budget.ts")).closeBudgetAsks(profile, held);
  if (asks.some(({ setup, answer }) => setup && !answer)) {
    await (await import("./setup.ts")).noticeSetUp(profile);
  }
  const now = profile.clock.now().toISOString();
  if (asks.some((ask) => isExpired(ask, now))) {
    await (await import("../log/withdraw.ts")).expireApprovals(profile, asks);
  }
}

/** Withdraws the asks of rules whose cause has ended, and removes them from the world. Returns the new state. */
async function withdrawAsks(
  profile: Profile,
  observed: World<GoalFile>,
  rest: { comparison: Comparison; tainted: boolean; state: State },
): Promise<State> {
  const { withdrawAsks } = await import("../log/withdraw.ts");
  const { parseGoals } = await import("../profile/goal_file.ts");
  // Warnings about goals are those of a decision.
  const goals = parseGoals({ ...profile, warn: () => undefined }, observed.goals);
  const { state, asks } = await withdrawAsks(profile, { ...rest, world: { ...observed, goals } });
  observed.asks = asks;
  return state;
}

/** Applies what sandboxed workers sent to their inboxes: all of them, or one. */
function receiver(profile: Profile): (worker?: string) => Promise<void> {
  return async (worker) => {
    if (listInboxes(profile.paths).length === 0) return;
    await (await import("../mailbox/server.ts")).receive(profile, worker);
  };
}
