import type { Config } from "./model/config.ts";
import type { TickResult } from "./model/tick_result.ts";

/** The shortest wait that a move can ask for, in seconds. */
const MIN_NEXT_S = 5;
const MAX_BACK_OFF_S = 300;

/**
 * Seconds until the next tick.
 *
 * @param failures how many ticks failed in a row, this one included
 * @param working whether a worker lives
 */
export function nextWait(
  result: TickResult | null,
  config: Config,
  failures: number,
  working = false,
): number {
  if (failures > 0) return Math.min(60 * 2 ** (failures - 1), MAX_BACK_OFF_S);
  const usual = working ? config.active_interval : config.interval;
  if (result?.outcome !== "moved") return usual;
  const { next_interval_s, action } = result.decision.move;
  if (next_interval_s !== undefined) {
    return Math.min(Math.max(next_interval_s, MIN_NEXT_S), config.max_next_interval);
  }
  return action === "noop" ? usual : config.busy_interval;
}
