import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import type { Agent } from "./agents/agent.ts";
import { checkDollars } from "./check_budget.ts";

/**
 * Checks that a worker may spend dollars.
 *
 * @returns how many at most: no more than one worker may, nor than is left of the day; `undefined`: no limit.
 * @throws {UserError} where today's are spent, or nobody would know what the worker costs.
 */
export async function allowSpending(
  profile: Profile,
  id: string,
  agent: Agent,
): Promise<number | undefined> {
  const { usd_per_day, usd_per_worker, unknown_cost } = profile.config.budget;
  if (usd_per_day === undefined && usd_per_worker === undefined) return undefined;
  if (unknown_cost === "hold" && !agent.costIsKnown) {
    throw new UserError(
      `cannot start worker ${id}: nobody would know what ${agent.name} costs, and there is a budget in dollars: ` +
        `take another runner, put {{usd_limit}} into a command of your own that keeps to it, ` +
        `or set budget.unknown_cost to "ignore"`,
    );
  }
  const { over, usdLeft } = await checkDollars(profile);
  if (over) throw new UserError(`cannot start worker ${id}: ${over.why}`);
  const limits = [usd_per_worker, usdLeft].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
