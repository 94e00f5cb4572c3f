import { admitMove } from "../admit/user_rules.ts";
import { decide } from "../decide/decide.ts";
import { compareWorld, isTainted, whyDecide } from "../diff/diff.ts";
import { findFlapping } from "../diff/flapping.ts";
import { heedHold } from "../log/hold.ts";
import { recoverIfCutOff } from "../log/recover.ts";
import { hearWorkers } from "../mailbox/server.ts";
import { parseGoals } from "../profile/goal_file.ts";
import { isPaused } from "../profile/markers.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import type { Decider } from "../schema/decision.ts";
import type { TickResult } from "../schema/status.ts";
import type { CodeSensor, Goal } from "../schema/world.ts";
import { sense } from "../sense/sense.ts";
import { watchSpending } from "../workers/enforce.ts";
import { keepRun, performMove, planMove } from "./apply_move.ts";
import { costOf, noMove } from "./no_move.ts";

/** One pass of the loop: sense → diff → decide → admit → act → log. Makes at most one move. */
export async function tick(profile: Profile, input: TickInput = {}): Promise<TickResult> {
  await recoverIfCutOff(profile);
  if (!input.only && isPaused(profile)) {
    await watchSpending(profile);
    return { outcome: "paused" };
  }

  const state = await heedHold(profile, input.dryRun);
  const hear = (worker?: string) => hearWorkers(profile, worker);
  const seen = await sense(profile, { ...input, hear }).catch((e) => stoppedOr(e, input.signal));
  if (!seen) return { outcome: "stopped" };

  const compared = await compareWorld(seen, state.baseline);
  const comparison = await findFlapping(profile, compared, input);
  const { hash } = comparison;
  const due = whyDecide(comparison, state, profile.configDigest, seen.at);
  if (!input.only && !due.decide) {
    return due.because === "unchanged"
      ? { outcome: "idle", hash }
      : { outcome: due.because, hash, why: due.why };
  }

  // Most ticks have ended by now: loading the rest takes longer than all before.

  const world = { ...seen, goals: parseGoals(profile, seen.goals) };
  const runId = newRunId(profile.clock.now());
  const onProgress = input.onProgress ?? (() => undefined);
  const saw = { runId, world, comparison, state };
  const tainted = isTainted(comparison, state, input.only);
  const decided = await decide(profile, { ...input, ...saw, tainted, onProgress });
  await keepRun(profile, runId, { world, comparison, state, decided });
  if (decided.kind !== "decided") {
    return await noMove(profile, { decided, runId, comparison, state, dryRun: input.dryRun });
  }
  const { decision } = decided;

  const verdict = await admitMove(profile, decision.move, {
    ...input,
    ...saw,
    tainted: decided.tainted,
  });
  const forced = input.only !== undefined;
  const plan = await planMove({ decided, verdict, runId, world, comparison, forced });
  const cost_usd = costOf(decided.calls);
  const about = { hash, run_id: runId, decision, verdict: plan.verdict, cost_usd };
  if (input.dryRun) return { outcome: "planned", ...about };

  const performed = await performMove(profile, plan, input.signal);
  return performed ? { outcome: "moved", ...about, ...performed } : { outcome: "idle", hash };
}

/** Sensors that were killed since looop was told to stop are no error. */
function stoppedOr(error: unknown, signal?: AbortSignal): null {
  if (signal?.aborted) return null;
  throw error;
}

/** What one tick takes besides the profile; all of it is optional. */
export interface TickInput {
  /** Sensors in code, by name, beside the executables of `sensors/`. */
  sensors?: Record<string, CodeSensor>;
  /** Decides in place of the configured runner. */
  decider?: Decider;
  /** Decide for this goal, whether or not anything changed. */
  only?: Goal;
  /** Decide and admit, but make nothing. */
  dryRun?: boolean;
  /** Takes what a runner shows while it works. */
  onProgress?(text: string): void;
  /** Stops the tick and all that it started. */
  signal?: AbortSignal;
}

/** What a tick needs from the decision on, to be loaded in one go once there is something to decide. */
