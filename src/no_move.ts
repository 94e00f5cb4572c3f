import { lock } from "./host/lock.ts";
import { holdTick } from "./hold_tick.ts";
import { recordFailure } from "./log/record_failure.ts";
import { canonicalJson } from "./model/canonical.ts";
import type { Comparison } from "./model/change.ts";
import type { CallCost, Decided } from "./model/decision.ts";
import type { State } from "./model/state.ts";
import type { TickResult } from "./model/tick_result.ts";
import type { Profile } from "./profile/profile.ts";
import { readState, writeState } from "./profile/state_file.ts";

/** A decision that gave no move. */
export interface Undecided {
  decided: Exclude<Decided, { kind: "decided" }>;
  runId: string;
  comparison: Comparison;
  state: State;
  dryRun?: boolean;
}

/** Ends a tick whose decision gave no move, and remembers what the next one has to know. */
export async function noMove(
  profile: Profile,
  { decided, runId, comparison: { hash, changes }, state, dryRun = false }: Undecided,
): Promise<TickResult> {
  const { fired } = decided;
  if (decided.kind === "undecided" || decided.kind === "held") {
    if (!dryRun && canonicalJson(fired) !== canonicalJson(state.fired)) {
      using _ = await lock(profile.paths.moveLock);
      await writeState(profile, { ...await readState(profile), fired });
    }
    if (decided.kind === "held") {
      using _ = await lock(profile.paths.moveLock);
      return await holdTick(profile, { over: decided.over, runId, hash, dryRun });
    }
    return {
      outcome: "undecided",
      hash,
      why: decided.why,
      changes: changes.map((change) => change.key),
    };
  }
  if (decided.error.kind === "stopped") return { outcome: "stopped" };
  using _ = await lock(profile.paths.moveLock);
  const error = { ...decided.error, message: profile.mask(decided.error.message) };
  const { parked } = await recordFailure(profile, {
    run_id: runId,
    world: hash,
    error,
    fired,
    tainted: decided.tainted,
  });
  const cost_usd = costOf(decided.calls);
  return { outcome: "failed", hash, run_id: runId, error, cost_usd, parked: parked?.why ?? null };
}

/** What the calls of a decision cost together, in US dollars; `null` when that of one is unknown. */
export function costOf(calls: CallCost[]): number | null {
  return calls.reduce<number | null>(
    (sum, { cost_usd }) => sum === null || cost_usd === null ? null : sum + cost_usd,
    0,
  );
}
