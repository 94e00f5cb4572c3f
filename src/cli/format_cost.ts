import type { SpendSum } from "../model/spend.ts";
import { usd } from "../model/usd.ts";

/** What one tick's calls cost; nothing where nobody was called, `null` being unknown. */
export function tickCost(cost: number | null): string {
  if (cost === null) return "cost unknown";
  return cost === 0 ? "" : usd(cost);
}

/** A sum that never passes off the unknown as nothing: `$0.4312 + 2 unknown`. */
export function sumCost({ calls, cost_usd, unknown_costs }: SpendSum): string {
  if (unknown_costs === 0) return usd(cost_usd);
  return unknown_costs === calls ? "unknown" : `${usd(cost_usd)} + ${unknown_costs} unknown`;
}
