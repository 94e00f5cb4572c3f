import { findBudgetAsk } from "../budget/limits.ts";
import { closeAsk, findAsk } from "../inbox/asks.ts";
import { recordOverBudget } from "../log/over_budget.ts";
import { recordFailure } from "../log/record_failure.ts";
import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import type { CallCost, Decided } from "../schema/decision.ts";
import { canonicalJson } from "../schema/json.ts";
import type { State } from "../schema/state.ts";
import type { TickResult } from "../schema/status.ts";
import type { Change, Comparison } from "../schema/world.ts";

interface Undecided {
  decided: Exclude<Decided, { kind: "decided" }>;
  runId: string;
  comparison: Comparison;
  state: State;
  dryRun?: boolean;
}

/** Ends a tick whose decision returned no move, and records what the next tick needs. */
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
      const { over } = decided;
      using _ = dryRun ? null : await lock(profile.paths.moveLock);
      const ask = dryRun
        ? (await findBudgetAsk(profile, over.budget)).ask
        : await recordOverBudget(profile, over, runId);
      return { outcome: "held", hash, why: over.why, ask_id: ask && !ask.answer ? ask.id : null };
    }
    if (!dryRun && profile.config.runner === "none") await closeUnread(profile, runId, changes);
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
  const { parked } = await recordFailure(profile, runId, hash, { ...decided, error });
  const cost_usd = costOf(decided.calls);
  return { outcome: "failed", hash, run_id: runId, error, cost_usd, parked: parked?.why ?? null };
}

/**
 * Closes answers that no rule reads and, without an LLM, no decision will ever read. Otherwise each later tick would find
 * them new, and evaluate all rules again.
 */
async function closeUnread(profile: Profile, runId: string, changes: Change[]): Promise<void> {
  const ids = changes.filter(({ key }) => key.startsWith("answer:"))
    .map(({ key }) => key.slice("answer:".length));
  if (ids.length === 0) return;
  using _ = await lock(profile.paths.asksLock);
  for (const id of ids) {
    const ask = await findAsk(profile, id);
    if (ask?.answer) await closeAsk(profile, ask, ask.closed_by ?? runId);
  }
}

/** The cost of the calls of a decision, in US dollars; `null` if that of one is unknown. */
export function costOf(calls: CallCost[]): number | null {
  return calls.reduce<number | null>(
    (sum, { cost_usd }) => sum === null || cost_usd === null ? null : sum + cost_usd,
    0,
  );
}
