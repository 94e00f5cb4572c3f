import { compareWorld } from "./diff/compare_world.ts";
import { findFlapping } from "./diff/find_flapping.ts";
import { isTainted } from "./diff/is_tainted.ts";
import { whyDecide } from "./diff/why_decide.ts";
import { heedHold } from "./heed_hold.ts";
import { hearWorkers } from "./hear_workers.ts";
import type { TickResult } from "./model/tick_result.ts";
import { isPaused } from "./profile/pause.ts";
import type { Profile } from "./profile/profile.ts";
import { recoverIfCutOff } from "./recover_if_cut_off.ts";
import { sense } from "./sense/sense.ts";
import type { TickInput } from "./tick_input.ts";
import { watchSpending } from "./watch_spending.ts";

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
  const {
    admitMove,
    costOf,
    decide,
    keepRun,
    newRunId,
    noMove,
    parseGoals,
    performMove,
    planMove,
  } = await import("./decide_to_log.ts");

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
