import { diff } from "../diff/diff.ts";
import { listAsks } from "../inbox/asks.ts";
import { isInterrupted, isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { readState } from "../profile/state.ts";
import { listInboxes } from "../profile/worker_ids.ts";
import type { Decider } from "../schema/decision.ts";
import type { TickResult } from "../schema/status.ts";
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
  if (!dryRun) await reconcileBudgetAsks(profile);
  let state = await readState(profile);

  const observed = await sense(profile, { ...input, receive: receiver(profile) })
    .catch((error) => {
      // After an abort it is only that of killed sensors.
      if (!signal?.aborted) throw error;
      return null;
    });
  if (!observed) return { outcome: "stopped" };

  const { comparison, due, tainted } = await diff(profile, observed, state, input);
  const { hash } = comparison;
  if (!forced && !dryRun && observed.asks.some(({ rule, answer }) => rule && !answer)) {
    state = await withdrawAsks(profile, observed, { comparison, tainted, state });
  }
  if (!forced && !due.decide) {
    return due.because === "unchanged"
      ? { outcome: "idle", hash }
      : { outcome: due.because, hash, why: due.why };
  }

  const { act, admit, begin, costOf, decide, recordNoMove, log, newRun, planMove, saveRun } =
    await import("./move.ts");
  const { runId, world } = await newRun(profile, observed);
  const seen = { runId, world, comparison, state };

  const onProgress = input.onProgress ?? (() => undefined);
  const rulesOnly = !forced && due.decide && due.rulesOnly;
  const decided = await decide(profile, { ...input, ...seen, tainted, onProgress, rulesOnly });
  await saveRun(profile, { ...seen, decided });
  const cost_usd = costOf(decided.calls);
  if (decided.kind !== "decided") {
    const result = await recordNoMove(profile, { ...seen, decided, forced, cost_usd, dryRun });
    return rulesOnly ? { outcome: "idle", hash } : result;
  }

  const verdict = await admit(profile, decided.decision.move, {
    ...seen,
    tainted: decided.tainted,
    decider: input.decider,
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

/** Closes the asks about budgets that are answered or not needed any more. */
async function reconcileBudgetAsks(profile: Profile): Promise<void> {
  const asks = (await listAsks(profile)).asks.filter(({ hold }) => hold);
  if (asks.length === 0) return;
  await (await import("../log/over_budget.ts")).closeBudgetAsks(profile, asks);
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
