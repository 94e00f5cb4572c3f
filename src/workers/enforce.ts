import { readLedger } from "../budget/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { usd } from "../schema/ledger.ts";
import type { Worker } from "../schema/worker.ts";
import type { Agent } from "./agents/agent.ts";
import { anyAlive, listWorkers } from "./list.ts";
import { ledgerIdOf } from "./meter.ts";
import { checkDollars, currentSpend } from "./spending.ts";
import { stopSession } from "./stop.ts";

/** Milliseconds after which a program has told the price of the tokens that it has told: claude does so apart. */
const PRICE_FOLLOWS_MS = 2000;

/**
 * Stops the workers that have cost what one may (`budget.usd_per_worker`), and, unless unknown costs are ignored,
 * those of which nobody knows what they cost. One that does not die is told.
 *
 * @throws {UserError} where nobody knows who lives.
 */
export async function enforceWorkerBudget(profile: Profile): Promise<void> {
  if (profile.config.budget.usd_per_worker === undefined) return;
  const workers = (await listWorkers(profile)).filter((worker) => worker.alive);
  const told = await toldBy(profile, workers);
  await Promise.all(workers.map(async (worker) => {
    const why = await tooDear(profile, worker, told.get(ledgerIdOf(worker)) ?? 0);
    if (why === null) return;
    await stopSession(profile, worker.id, { why })
      .catch((error) => profile.warn(`worker ${worker.id}: ${why}; but ${messageOf(error)}`));
  }));
}

async function tooDear(profile: Profile, worker: Worker, told: number): Promise<string | null> {
  const { usd_per_worker: most = Infinity, unknown_cost } = profile.config.budget;
  let spend = await currentSpend(profile, worker, told);
  if (spend.unknown) {
    await profile.clock.sleep(PRICE_FOLLOWS_MS);
    spend = await currentSpend(profile, worker, told);
  }
  if (spend.usd >= most) {
    return `stopped: it has cost ${usd(spend.usd)} of ${usd(most)} (budget.usd_per_worker)`;
  }
  if (!spend.unknown || unknown_cost === "ignore") return null;
  return `stopped: nobody knows what it has cost of ${usd(most)} ` +
    `(budget.usd_per_worker; budget.unknown_cost "ignore" would let it go on)`;
}

/** US dollars that workers told of themselves, by the id of their ledger lines. */
async function toldBy(profile: Profile, workers: Worker[]): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  const [first] = workers.map((worker) => worker.started_at).sort();
  if (first === undefined) return told;
  for await (const lines of readLedger(profile, { since: new Date(first) })) {
    for (const { kind, id, cost_usd } of lines) {
      if (kind === "worker") told.set(id, (told.get(id) ?? 0) + (cost_usd ?? 0));
    }
  }
  return told;
}

/**
 * Checks that a worker may spend dollars.
 *
 * @returns how many at most: no more than one worker may, nor than is left of the day; `undefined`: no limit.
 * @throws {UserError} where today's are spent, or nobody would know what the worker costs.
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

/** Stops the workers that cost too much while nothing else is looked at: a pause holds the loop, not them. */
export async function enforceWhilePaused(profile: Profile): Promise<void> {
  const limited = profile.config.budget.usd_per_worker !== undefined;
  if (!limited || !anyAlive(profile.paths)) return;
  try {
    await enforceWorkerBudget(profile);
  } catch (error) {
    profile.warn(`the workers cannot be seen: ${messageOf(error)}`);
  }
}
