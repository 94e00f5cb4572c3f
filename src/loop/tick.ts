import { diff } from "../diff/diff.ts";
import { isInterrupted, isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import type { Decider } from "../schema/decision.ts";
import { isFailureOver } from "../schema/state.ts";
import type { TickResult } from "../schema/tick_result.ts";
import type { CodeSensor, Goal, GoalFile, World } from "../schema/world.ts";
import { sense } from "../sense/sense.ts";
import { addNews, closeEndedAsks, receiver, withdrawEndedAsks } from "./news.ts";

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
  // A dry run applies nothing, and beside a pulse it must not wait for the move that is being applied.
  if (!dryRun && isInterrupted(profile)) {
    await (await import("../log/recover.ts")).recoverMove(profile);
  }
  if (!forced && isPaused(profile)) {
    await (await import("../workers/spending.ts")).enforceWorkerBudget(profile);
    return { outcome: "paused" };
  }
  if (!dryRun) await closeEndedAsks(profile);

  const observed = await sense(profile, { ...input, receive: receiver(profile) })
    .catch((error) => {
      // After an abort it is only that of killed sensors.
      if (!signal?.aborted) throw error;
      return null;
    });
  if (!observed) return { outcome: "stopped" };
  input.onObserved?.(observed);

  const { state: before, progress } = await addNews(profile, observed, input);

  const { comparison, due, tainted } = await diff(profile, observed, before, {
    ...input,
    ends: progress,
  });
  const { hash } = comparison;
  const state = forced || dryRun
    ? before
    : await withdrawEndedAsks(profile, observed, { comparison, tainted, state: before });
  // What needs no runner does not wait for one: an approved move, and the goals' rules.
  const waits = !forced && !due.decide && due.because === "parked"
    ? { outcome: due.because, hash, why: due.why, until: due.until } as const
    : null;
  const parked = comparison.changes.length > 0 ? waits : null;
  if (!forced && !due.decide && !parked) {
    if (due.because === "unchanged" && !dryRun && isFailureOver(state, profile.configDigest)) {
      await (await import("../log/no_move.ts")).forgetFailure(profile);
    }
    return waits ??
      (due.because === "damped"
        ? { outcome: due.because, hash, why: due.why }
        : { outcome: "idle", hash });
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
    // Without an LLM, what a rule left to decide waits until something changes.
    const unchanged = result.outcome === "undecided" && result.changes.length === 0 && !forced;
    return parked ?? (rulesOnly || unchanged ? { outcome: "idle", hash } : result);
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
