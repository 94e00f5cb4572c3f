import { findAsk } from "./humans/ask_files.ts";
import { findHoldAsk } from "./humans/hold_asks.ts";
import { recordHold } from "./log/record_hold.ts";
import type { OverBudget } from "./model/budget.ts";
import { localDay } from "./model/local_day.ts";
import type { TickResult } from "./model/tick_result.ts";
import type { Profile } from "./profile/profile.ts";

/** A tick that a budget holds. */
export interface HeldTick {
  over: OverBudget;
  runId: string;
  hash: string;
  /** Nothing is written. */
  dryRun: boolean;
}

/** Ends a tick for which a budget is used up. The caller holds the move lock. */
export async function holdTick(
  profile: Profile,
  { over, runId, hash, dryRun }: HeldTick,
): Promise<TickResult & { outcome: "held" }> {
  if (dryRun) {
    const day = localDay(profile.clock.now());
    const { ask } = await findHoldAsk(profile, { budget: over.budget, day });
    return { outcome: "held", hash, why: over.why, ask_id: ask && !ask.answer ? ask.id : null };
  }
  const { why, ask_id } = await recordHold(profile, over, runId);
  const ask = await findAsk(profile, ask_id);
  return { outcome: "held", hash, why, ask_id: ask && !ask.answer ? ask_id : null };
}
