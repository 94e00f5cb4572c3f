import { findAsk } from "../inbox/asks.ts";
import type { Profile } from "../profile/profile.ts";
import { type Answer, type Ask, isYes } from "../schema/ask.ts";
import type { Budget, OverBudget } from "../schema/config.ts";
import { sha256Hex } from "../schema/json.ts";
import { localDay, localTime, usd } from "../schema/text.ts";
import { readLedger } from "./ledger.ts";

/** What was spent since midnight, in the host's time zone. */
export interface SpentToday {
  /** US dollars that are known. */
  usd: number;
  /** Number of unknown costs. */
  unknown: number;
}

/** US dollars below which a remainder counts as 0: rounding errors of sums are of this size. */
const NOTHING_USD = 0.000001;

/**
 * Returns the budgets that are used up, the longest lasting first.
 *
 * @param spent only used if there is a budget for the day
 * @param decides times of the runner calls of the last hour, in milliseconds since 1970, oldest first
 */
export function exceededIn(
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
    const why = `${costs} unknown, so what is left of ${usd(usd_per_day)} is unknown ` +
      `(budget.usd_per_day; to continue, set budget.unknown_cost to "ignore")`;
    over.push({ budget: "unknown_cost", why });
  }
  if (decides.length >= decides_per_hour) {
    over.push({ budget: "decides_per_hour", why: tooMany(decides, decides_per_hour) });
  }
  return over;
}

function tooMany(decides: number[], max: number): string {
  const found = `${decides.length} runner calls within an hour, the limit is ${max}`;
  const [first] = decides.slice(decides.length - max);
  if (first === undefined) return `${found} (budget.decides_per_hour)`;
  const next = localTime(new Date(first + HOUR_MS));
  return `${found} (budget.decides_per_hour); the next one is possible at ${next}`;
}

/** The span that `decides_per_hour` counts, in milliseconds. */
export const HOUR_MS = 3_600_000;

/**
 * Returns the times at which the runner calls of the last hour ended, or began if no end is recorded, in milliseconds
 * since 1970, oldest first. A decision whose first answer was refused has two. Times in the future do not count: the
 * clock was set back.
 */
export async function recentDecides(profile: Profile): Promise<number[]> {
  const now = profile.clock.now().getTime();
  const times: number[] = [];
  for await (const lines of readLedger(profile, { since: new Date(now - HOUR_MS) })) {
    for (const { kind, ts } of lines) {
      const at = Date.parse(ts);
      const recent = at > now - HOUR_MS && at <= now;
      if (kind !== "worker" && recent) times.push(at);
    }
  }
  return times.sort((a, b) => a - b);
}

/** The answers to the ask about a budget, the one that lifts it first. */
export const BUDGET_ASK_OPTIONS = ["lift it for today", "keep it"];
/** The same about the budget of a goal. */
export const GOAL_ASK_OPTIONS = ["lift it", "keep it"];

/** Reports whether an answer lifts a budget. */
export function isLift(answer: Answer): boolean {
  return isYes(answer) || /^\s*lift\b/i.test(answer.text);
}

/**
 * Finds today's ask about a budget, open or answered. Its id follows from budget and day, so that it is found again
 * after a crash. Asks that were closed unanswered do not count. About the budget of a goal there is one ask, whatever the
 * day and its answer.
 *
 * @returns the ask; or `null`, with the id for the next one.
 */
export async function findBudgetAsk(
  profile: Profile,
  budget: OverBudget["budget"],
  goal?: OverBudget["goal"],
): Promise<{ id: string; ask: Ask | null }> {
  if (goal) {
    const id = (await sha256Hex(`hold ${budget} ${goal.id} ${goal.usd} ${goal.key}`)).slice(0, 6);
    return { id, ask: await findAsk(profile, id) };
  }
  const day = localDay(profile.clock.now());
  for (let n = 1;; n++) {
    const id = (await sha256Hex(`hold ${budget} ${day} ${n}`)).slice(0, 6);
    const ask = await findAsk(profile, id);
    if (!ask) return { id, ask };
    const same = ask.hold?.budget === budget && ask.hold.day === day;
    if (same && (ask.answer || ask.closed_by === undefined)) return { id, ask };
  }
}
