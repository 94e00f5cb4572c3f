import { isRunning, readLedger } from "../budget/ledger.ts";
import { isArchived } from "../profile/paths.ts";
import type { Profile } from "../profile/profile.ts";
import type { OverBudget } from "../schema/config.ts";
import type { GoalRecords } from "../schema/progress.ts";
import { cut, duration, plural, usd } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import type { Goal, World } from "../schema/world.ts";
import { addWorkerCosts, ledgerIdOf } from "../workers/meter.ts";
import { currentSpend } from "../workers/spending.ts";

/** What a goal has cost. */
export interface GoalCost {
  /** US dollars that are known. */
  usd: number;
  /** The number of unknown costs. */
  unknown: number;
}

/**
 * Sums up what goals have cost: decisions for them and their workers, living ones so far. If an archived goal has the same
 * id, only what was spent since the loop first saw this one counts.
 */
export async function costsOfGoals(
  profile: Profile,
  ids: readonly string[],
  records: GoalRecords,
  workers: readonly Worker[] = [],
): Promise<Map<string, GoalCost>> {
  const costs = new Map(ids.map((id): [string, GoalCost] => [id, { usd: 0, unknown: 0 }]));
  // The id of an archived goal is used again.
  const since = new Map(ids.map((id) => {
    return [id, isArchived(profile.paths, id) ? Date.parse(records[id]?.since ?? "") || 0 : 0];
  }));
  if (costs.size === 0) return costs;
  const recorded = new Map<string, number>();
  for await (const lines of readLedger(profile)) {
    for (const line of lines) {
      const { goal, ts, cost_usd, begun } = line;
      const cost = costs.get(goal ?? "");
      if (!cost || Date.parse(ts) < (since.get(goal ?? "") ?? 0)) continue;
      if (begun && await isRunning(profile, line)) continue;
      cost.usd += cost_usd ?? 0;
      if (cost_usd === null) cost.unknown++;
    }
    addWorkerCosts(recorded, lines);
  }
  for (const worker of workers) {
    const cost = costs.get(worker.goal ?? "");
    if (!cost || !worker.alive) continue;
    const counted = recorded.get(ledgerIdOf(worker)) ?? 0;
    cost.usd += (await currentSpend(profile, worker, counted)).usd - counted;
  }
  return costs;
}

/** The journal line of a goal that is done: what it took and cost. */
export async function describeEnd(
  profile: Profile,
  { id, goal }: Goal,
  records: GoalRecords,
  workers: readonly Worker[],
): Promise<string> {
  const { since } = records[id] ?? { since: profile.clock.now().toISOString() };
  const took = duration(profile.clock.now().getTime() - Date.parse(since));
  const cost = (await costsOfGoals(profile, [id], records, workers)).get(id);
  return cut(`goal ${id} is done, took ${took}, cost ${describeCost(cost)}: ${goal}`, 500);
}

/** Such as `$0.4200`, or `$0.4200 + 1 unknown`. */
export function describeCost({ usd: known, unknown }: GoalCost = { usd: 0, unknown: 0 }): string {
  return unknown === 0 ? usd(known) : `${usd(known)} + ${unknown} unknown`;
}

/** What a goal may cost now: its budget, once more for each time that the user has lifted it. */
export function limitOf(budget: number, records: GoalRecords, id: string): number {
  const { lifted } = records[id] ?? {};
  return lifted?.usd === budget ? budget * (1 + lifted.asks.length) : budget;
}

/** Rounding errors of sums are smaller, in US dollars. */
const NOTHING_USD = 0.000001;

/** Lists the goals that have spent their budget and that the user has not lifted. */
export async function goalsOverBudget(
  profile: Profile,
  { goals, workers }: { goals: readonly Goal[]; workers: readonly Worker[] },
  records: GoalRecords,
): Promise<OverBudget[]> {
  const limited = goals.filter(({ budget_usd }) => budget_usd !== undefined);
  if (limited.length === 0) return [];
  const costs = await costsOfGoals(profile, limited.map(({ id }) => id), records, workers);
  const { unknown_cost } = profile.config.budget;
  return limited.flatMap(({ id, budget_usd = 0 }): OverBudget[] => {
    const { usd: spent, unknown } = costs.get(id) ?? { usd: 0, unknown: 0 };
    const limit = limitOf(budget_usd, records, id);
    const isLifted = limit > budget_usd;
    const goal = { id, usd: budget_usd, key: `${records[id]?.since ?? ""} ${limit}` };
    if (spent > limit - NOTHING_USD) {
      const why = `goal ${id}: ${usd(spent)} of ${usd(limit)} is spent (its budget_usd)`;
      return [{ budget: "goal_usd", why, goal }];
    }
    if (unknown === 0 || unknown_cost === "ignore" || isLifted) return [];
    const why = `goal ${id}: ${plural(unknown, "cost")} of it ${unknown === 1 ? "is" : "are"} ` +
      `unknown, so what is left of ${usd(limit)} is unknown (its budget_usd)`;
    return [{ budget: "goal_usd", why, goal }];
  });
}

/** A goal that a decision could move on, and since when it has had no move, ISO 8601 in UTC. */
export interface WaitingGoal {
  id: string;
  since: string;
}

/**
 * Lists the goals that are ready for a move, the one that went longest without a move first; of equals, one that never had
 * a move, then by priority. A goal is not ready while a worker of it lives, the user is asked about a move of it, it is
 * over its budget, or it is invalid.
 *
 * @param over goals over their budget
 */
export function longestFirst(
  { goals, workers, asks, at }: Pick<World, "goals" | "workers" | "asks" | "at">,
  records: GoalRecords,
  over: readonly OverBudget[] = [],
): WaitingGoal[] {
  const busy = new Set([
    ...workers.filter(({ alive }) => alive).map(({ goal }) => goal),
    ...asks.filter(({ answer }) => !answer)
      .map(({ approval, rule }) => approval?.move.goal ?? rule?.split("/")[0]),
    ...over.map(({ goal }) => goal?.id),
  ]);
  return goals.filter(({ id, error }) => error === undefined && !busy.has(id))
    .map(({ id }) => {
      const { turn = null, since = at } = Object.hasOwn(records, id) ? records[id] : {};
      return { id, since: turn ?? since, moved: turn !== null };
    })
    .sort((a, b) => a.since < b.since ? -1 : a.since > b.since ? 1 : +a.moved - +b.moved)
    .map(({ id, since }) => ({ id, since }));
}

/**
 * Picks the goal whose turn it is: one for which this decision was woken, else the one that went longest without a move.
 *
 * @returns `null` if there is nothing to choose: at most one goal, or none is ready and known.
 */
export function nextInTurn(
  world: World,
  records: GoalRecords,
  changed: readonly string[],
  over: readonly OverBudget[] = [],
): WaitingGoal | null {
  if (world.goals.length < 2) return null;
  const ready = longestFirst(world, records, over).filter(({ id }) => Object.hasOwn(records, id));
  return ready.find(({ id }) => changed.includes(`waiting:${id}`)) ?? ready[0] ?? null;
}
