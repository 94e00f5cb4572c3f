import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { usd } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import type { Agent } from "./agents/agent.ts";
import { anyAlive, listWorkers } from "./list.ts";
import { ledgerIdOf, workerCosts } from "./meter.ts";
import { checkDollars, currentSpend } from "./spending.ts";
import { stopSession } from "./stop.ts";

/** How long after the tokens an agent records their price: claude does it separately. */
const PRICE_FOLLOWS_MS = 2000;

/**
 * Stops the workers that have spent their budget (`budget.usd_per_worker`), and those whose cost is unknown, unless the
 * config says to ignore that. Warns of one that cannot be stopped.
 *
 * @throws {UserError} where the workers cannot be listed.
 */
export async function enforceWorkerBudget(profile: Profile): Promise<void> {
  if (profile.config.budget.usd_per_worker === undefined || !anyAlive(profile.paths)) return;
  const workers = (await listWorkers(profile)).filter((worker) => worker.alive);
  const [first] = workers.map((worker) => worker.started_at).sort();
  if (first === undefined) return;
  const reported = await workerCosts(profile, new Date(first));
  await Promise.all(workers.map(async (worker) => {
    const why = await reasonToStop(profile, worker, reported.get(ledgerIdOf(worker)) ?? 0);
    if (why === null) return;
    await stopSession(profile, worker.id, { why })
      .catch((error) => profile.warn(`worker ${worker.id}: ${why}; but ${messageOf(error)}`));
  }));
}

async function reasonToStop(
  profile: Profile,
  worker: Worker,
  reported: number,
): Promise<string | null> {
  const { usd_per_worker: max = Infinity, unknown_cost } = profile.config.budget;
  let spend = await currentSpend(profile, worker, reported);
  if (spend.unknown) {
    await profile.clock.sleep(PRICE_FOLLOWS_MS);
    spend = await currentSpend(profile, worker, reported);
  }
  if (spend.usd >= max) {
    return `stopped: it has cost ${usd(spend.usd)} of ${usd(max)} (budget.usd_per_worker)`;
  }
  if (!spend.unknown || unknown_cost === "ignore") return null;
  return `stopped: its cost is unknown, and it may spend ${usd(max)} ` +
    `(budget.usd_per_worker; budget.unknown_cost "ignore" lets it continue)`;
}

/**
 * Checks that a worker may spend dollars.
 *
 * @returns its limit: what is left of the budgets for a worker and for the day; `undefined`: no limit.
 * @throws {UserError} where the day's budget is used up, or the worker's cost would be unknown.
 */
export async function spendingLimit(
  profile: Profile,
  id: string,
  agent: Agent,
): Promise<number | undefined> {
  const { usd_per_day, usd_per_worker, unknown_cost } = profile.config.budget;
  if (usd_per_day === undefined && usd_per_worker === undefined) return undefined;
  if (unknown_cost === "hold" && !agent.costIsKnown) {
    throw new UserError(
      `cannot start worker ${id}: the cost of ${agent.name} would be unknown, and there is a budget in dollars; ` +
        `use another runner, pass {{usd_limit}} to a command that respects it, ` +
        `or set budget.unknown_cost to "ignore"`,
    );
  }
  const { over, usdLeft } = await checkDollars(profile);
  if (over) throw new UserError(`cannot start worker ${id}: ${over.why}`);
  const limits = [usd_per_worker, usdLeft].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Enforces the budget of workers while the loop is paused: a pause does not stop them. */
export async function enforceWhilePaused(profile: Profile): Promise<void> {
  await enforceWorkerBudget(profile)
    .catch((error) => profile.warn(`cannot list the workers: ${messageOf(error)}`));
}
