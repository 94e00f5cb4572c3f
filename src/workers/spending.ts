import { isRunning, readLedger } from "../budget/ledger.ts";
import {
  exceededIn,
  findBudgetAsk,
  isLift,
  NOTHING_SPENT,
  recentDecides,
  spentSoFar,
  type SpentToday,
} from "../budget/limits.ts";
import type { Profile } from "../profile/profile.ts";
import type { OverBudget } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { startOfDay, usd } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import type { Agent } from "./agents/agent.ts";
import { anyAlive, listWorkers } from "./list.ts";
import { addWorkerCosts, boundsOf, ledgerIdOf, workerCosts, workerSpend } from "./meter.ts";

/** What the budgets allow now. */
export interface Allowance {
  /** The first budget that is used up and not lifted for today; `null`: within budget. */
  over: OverBudget | null;
  /** US dollars that are left of today; absent: no limit. */
  usdLeft?: number;
}

/** What {@linkcode exceededBudgets} takes. */
interface BudgetInput {
  /** The workers, where they were listed already. */
  workers?: readonly Worker[];
}

/** Checks whether a runner may be called, and for how many dollars. */
export async function checkBudget(
  profile: Profile,
  input: BudgetInput & { /** Ignore the budget of decisions. */ dollarsOnly?: boolean } = {},
): Promise<Allowance> {
  const { all, usdLeft } = await exceededBudgets(profile, input);
  let left = usdLeft;
  for (const over of all) {
    if (input.dollarsOnly && over.budget === "decides_per_hour") continue;
    const { ask } = await findBudgetAsk(profile, over.budget);
    if (!ask?.answer || !isLift(ask.answer)) return { over };
    if (over.budget === "usd_per_day") left = undefined;
  }
  return left === undefined ? { over: null } : { over: null, usdLeft: left };
}

/** Lists the budgets that are used up, lifted or not, and what is left of the day's in US dollars. */
export async function exceededBudgets(
  profile: Profile,
  { workers }: BudgetInput = {},
): Promise<{ all: OverBudget[]; usdLeft?: number }> {
  const { budget } = profile.config;
  const { usd_per_day } = budget;
  const decides = await recentDecides(profile);
  // Without a budget in dollars, the workers need not be listed.
  if (usd_per_day === undefined) {
    return { all: exceededIn(budget, NOTHING_SPENT, decides) };
  }
  const alive = async () => anyAlive(profile.paths) ? await listWorkers(profile) : [];
  const spent = await spentToday(profile, workers ?? await alive());
  return { all: exceededIn(budget, spent, decides), usdLeft: usd_per_day - spentSoFar(spent).usd };
}

/** Milliseconds from a worker's start in which its agent may not have recorded a price yet. */
const NO_PRICE_YET_MS = 60_000;

/**
 * Sums up today's cost, which is that of the ledger, and apart from it what running workers have spent since. An unreadable
 * ledger line counts as an unknown cost.
 */
export async function spentToday(
  profile: Profile,
  workers: readonly Worker[],
): Promise<SpentToday> {
  const now = profile.clock.now();
  const sum: SpentToday = { ...NOTHING_SPENT };
  const recorded = new Map<string, number>();
  const onBroken = () => void sum.unknown++;
  for await (const lines of readLedger(profile, { since: startOfDay(now), onBroken })) {
    for (const line of lines) {
      if (line.begun && await isRunning(profile, line)) continue;
      if (line.cost_usd === null) sum.unknown++;
      sum.usd += line.cost_usd ?? 0;
    }
    addWorkerCosts(recorded, lines);
  }
  for (const worker of workers) {
    if (!worker.alive) continue;
    const counted = recorded.get(ledgerIdOf(worker)) ?? 0;
    const { usd, unknown } = await currentSpend(profile, worker, counted);
    sum.running_usd += usd - counted;
    const young = Math.abs(now.getTime() - Date.parse(worker.started_at)) < NO_PRICE_YET_MS;
    if (unknown && !young) sum.running_unknown++;
  }
  return sum;
}

/**
 * Returns what a running worker has spent so far: from the records of its agent, otherwise what it reported itself.
 *
 * @param reported US dollars that it reported (`looop cost add`)
 * @returns `unknown`: it has used tokens whose price is unknown.
 */
export async function currentSpend(
  profile: Profile,
  worker: Worker,
  reported: number,
): Promise<{ usd: number; unknown: boolean }> {
  const spend = await workerSpend(profile, worker);
  const { min } = boundsOf(spend, worker, profile.clock.now());
  const usd = Math.max(spend?.cost_usd ?? 0, reported, min);
  return { usd, unknown: spend !== null && spend.cost_usd === null && reported === 0 };
}

/** How long after the tokens an agent records their price: claude does it separately. */
const PRICE_FOLLOWS_MS = 2000;

/**
 * Stops the workers that have spent their budget (`budget.usd_per_worker`), and those whose cost is unknown, unless the
 * config says to ignore that. Warns where the workers cannot be listed, and of one that cannot be stopped.
 */
export async function enforceWorkerBudget(profile: Profile): Promise<void> {
  if (profile.config.budget.usd_per_worker === undefined || !anyAlive(profile.paths)) return;
  const fleet = await listWorkers(profile)
    .catch((error) => profile.warn(`cannot list the workers: ${messageOf(error)}`));
  const workers = fleet?.filter((worker) => worker.alive) ?? [];
  const [first] = workers.map((worker) => worker.started_at).sort();
  if (first === undefined) return;
  const reported = await workerCosts(profile, new Date(first));
  await Promise.all(workers.map(async (worker) => {
    const why = await reasonToStop(profile, worker, reported.get(ledgerIdOf(worker)) ?? 0);
    if (why === null) return;
    const { stopSession } = await import("./stop.ts");
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
  const { over, usdLeft } = await checkBudget(profile, { dollarsOnly: true });
  if (over) throw new UserError(`cannot start worker ${id}: ${over.why}`);
  const limits = [usd_per_worker, usdLeft].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
