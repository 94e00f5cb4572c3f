import type { OverBudget } from "../schema/config.ts";
import type { GoalRecords } from "../schema/progress.ts";
import type { World } from "../schema/world.ts";

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
 * @returns `null` if there is no choice: there is one goal at most, or none is ready and known.
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
