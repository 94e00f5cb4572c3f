import { findHoldAsk } from "../budget/limits.ts";
import { findAsk } from "../inbox/asks.ts";
import { recordBudgetHold } from "../log/hold.ts";
import { recordFailure } from "../log/record_failure.ts";
import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import type { OverBudget } from "../schema/config.ts";
import type { CallCost, Decided } from "../schema/decision.ts";
import { canonicalJson } from "../schema/json.ts";
import type { State } from "../schema/state.ts";
import type { TickResult } from "../schema/status.ts";
import { localDay } from "../schema/text.ts";
import type { Comparison } from "../schema/world.ts";

/** A decision that gave no move. */
export interface Undecided {
  decided: Exclude<Decided, { kind: "decided" }>;
  runId: string;
  comparison: Comparison;
  state: State;
  dryRun?: boolean;
}

/** Ends a tick whose decision gave no move, and remembers what the next one has to know. */
export async function recordNoMove(
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
      return await recordOverBudget(profile, { over: decided.over, runId, hash, dryRun });
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

/** A tick that a budget holds. */
export interface OverBudgetTick {
  over: OverBudget;
  runId: string;
  hash: string;
  /** Nothing is written. */
  dryRun: boolean;
}

/** Ends a tick for which a budget is used up. The caller holds the move lock. */
export async function recordOverBudget(
  profile: Profile,
  { over, runId, hash, dryRun }: OverBudgetTick,
): Promise<TickResult & { outcome: "held" }> {
  if (dryRun) {
    const day = localDay(profile.clock.now());
    const { ask } = await findHoldAsk(profile, { budget: over.budget, day });
    return { outcome: "held", hash, why: over.why, ask_id: ask && !ask.answer ? ask.id : null };
  }
  const { why, ask_id } = await recordBudgetHold(profile, over, runId);
  const ask = await findAsk(profile, ask_id);
  return { outcome: "held", hash, why, ask_id: ask && !ask.answer ? ask_id : null };
}
