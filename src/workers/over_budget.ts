import type { Budget, OverBudget } from "../model/budget.ts";
import { usd } from "../model/usd.ts";
import { HOUR_MS } from "./recent_decides.ts";

/** What was spent since midnight, in the host's time zone. */
export interface SpentToday {
  /** US dollars that are known. */
  usd: number;
  /** Number of unknown costs. */
  unknown: number;
}

/** Less than this many US dollars buys nothing, and sums of floating point numbers err by as much. */
const NOTHING_USD = 0.000001;

/**
 * Lists the budgets that are used up, most lasting first.
 *
 * @param spent only looked at where there is a budget for the day
 * @param decides when each decision of the last hour ended, in milliseconds since 1970, oldest first
 */
export function overBudget(
  { usd_per_day, unknown_cost, decides_per_hour }: Budget,
  spent: SpentToday,
  decides: number[],
): OverBudget[] {
  const over: OverBudget[] = [];
  if (usd_per_day !== undefined && spent.usd > usd_per_day - NOTHING_USD) {
    const why = `${usd(spent.usd)} of ${usd(usd_per_day)} is spent today (budget.usd_per_day)`;
    over.push({ budget: "usd_per_day", why });
  }
  if (usd_per_day !== undefined && spent.unknown > 0 && unknown_cost === "hold") {
    const costs = spent.unknown === 1
      ? "one cost of today is"
      : `${spent.unknown} costs of today are`;
    const why = `${costs} unknown, so nobody knows what is left of ${usd(usd_per_day)} ` +
      `(budget.usd_per_day; budget.unknown_cost "ignore" would go on)`;
    over.push({ budget: "unknown_cost", why });
  }
  if (decides.length >= decides_per_hour) {
    over.push({ budget: "decides_per_hour", why: tooMany(decides, decides_per_hour) });
  }
  return over;
}

function tooMany(decides: number[], most: number): string {
  const found = `${decides.length} decisions within an hour, at most ${most} may be`;
  const [first] = decides.slice(decides.length - most);
  if (first === undefined) return `${found} (budget.decides_per_hour)`;
  const next = new Date(first + HOUR_MS);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${found} (budget.decides_per_hour); the next one is due at ` +
    `${two(next.getHours())}:${two(next.getMinutes())}`;
}
