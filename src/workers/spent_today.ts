import { startOfDay } from "../model/local_day.ts";
import type { Worker } from "../model/worker.ts";
import { readLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import { ledgerIdOf } from "./meter_worker.ts";
import type { SpentToday } from "./over_budget.ts";
import { spendSoFar } from "./spend_so_far.ts";

/** Milliseconds from a worker's start in which its program may not have told any price yet. */
const NO_PRICE_YET_MS = 60_000;

/**
 * Sums up what today has cost: the ledger's lines, and all that living workers have cost so far. A line that cannot
 * be read is an unknown cost.
 */
export async function spentToday(
  profile: Profile,
  workers: readonly Worker[],
): Promise<SpentToday> {
  const now = profile.clock.now();
  const sum: SpentToday = { usd: 0, unknown: 0 };
  const told = new Map<string, number>();
  const onBroken = () => void sum.unknown++;
  for await (const lines of readLedger(profile, { since: startOfDay(now), onBroken })) {
    for (const { kind, id, cost_usd } of lines) {
      if (cost_usd === null) sum.unknown++;
      sum.usd += cost_usd ?? 0;
      if (kind === "worker") told.set(id, (told.get(id) ?? 0) + (cost_usd ?? 0));
    }
  }
  for (const worker of workers) {
    if (!worker.alive) continue;
    const counted = told.get(ledgerIdOf(worker)) ?? 0;
    const { usd, unknown } = await spendSoFar(profile, worker, counted);
    sum.usd += usd - counted;
    const young = Math.abs(now.getTime() - Date.parse(worker.started_at)) < NO_PRICE_YET_MS;
    if (unknown && !young) sum.unknown++;
  }
  return sum;
}
