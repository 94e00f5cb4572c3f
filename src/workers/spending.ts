import { readLedger } from "../budget/ledger.ts";
import {
  exceededIn,
  findBudgetAsk,
  isLift,
  recentDecides,
  type SpentToday,
} from "../budget/limits.ts";
import type { Profile } from "../profile/profile.ts";
import type { OverBudget } from "../schema/config.ts";
import { startOfDay } from "../schema/text.ts";
import type { Worker } from "../schema/worker.ts";
import { readSpend } from "./agents/presets.ts";
import { recordsDir, workerFiles } from "./files.ts";
import { anyAlive, listWorkers } from "./list.ts";
import { ledgerIdOf } from "./meter.ts";

/** What the budgets allow now. */
export interface Allowance {
  /** The first budget that is used up, and that nobody has lifted for today; `null`: go on. */
  over: OverBudget | null;
  /** US dollars that are left of today; absent: there is no such limit. */
  usdLeft?: number;
}

/** What {@linkcode checkBudget} takes; all of it has a default. */
export interface BudgetInput {
  /** The workers, where they were listed already. */
  workers?: readonly Worker[];
  /** The run that asks: it does not count as a decision. */
  except?: string;
}

/** Tells whether a runner may be asked, and for how many dollars. */
export async function checkBudget(profile: Profile, input: BudgetInput = {}): Promise<Allowance> {
  return await unlifted(profile, await exceededBudgets(profile, input));
}

/** Tells whether dollars may be spent by whoever is no decision, and how many. */
export async function checkDollars(profile: Profile): Promise<Allowance> {
  const { all, usdLeft } = await exceededBudgets(profile, {});
  return await unlifted(profile, {
    all: all.filter(({ budget }) => budget !== "decides_per_hour"),
    usdLeft,
  });
}

/** Lists the budgets that are used up, lifted or not. */
export async function exceededBudgets(
  profile: Profile,
  { workers, except }: BudgetInput,
): Promise<{ all: OverBudget[]; usdLeft?: number }> {
  const { budget } = profile.config;
  const decides = await recentDecides(profile, except);
  // Without a budget in dollars nobody needs to know what workers cost.
  const spent = budget.usd_per_day === undefined
    ? { usd: 0, unknown: 0 }
    : await spentToday(profile, workers ?? await alive(profile));
  return {
    all: exceededIn(budget, spent, decides),
    usdLeft: budget.usd_per_day === undefined ? undefined : budget.usd_per_day - spent.usd,
  };
}

async function unlifted(
  profile: Profile,
  { all, usdLeft }: { all: OverBudget[]; usdLeft?: number },
): Promise<Allowance> {
  let left = usdLeft;
  for (const over of all) {
    const { ask } = await findBudgetAsk(profile, over.budget);
    if (!ask?.answer || !isLift(ask.answer)) return { over };
    if (over.budget === "usd_per_day") left = undefined;
  }
  return left === undefined ? { over: null } : { over: null, usdLeft: left };
}

async function alive(profile: Profile): Promise<Worker[]> {
  if (!anyAlive(profile.paths)) return [];
  return await listWorkers(profile);
}

/** Milliseconds from a worker's start in which its program may not have told any price yet. */
const NO_PRICE_YET_MS = 60_000;

/**
 * Sums up what today has cost: the ledger's lines, and all that living workers have cost so far. A line that cannot
 * be read is an unknown cost.
 */
export async function spentToday(
  profile: Profile,
  workers: readonly Worker[],
): Promise<SpentToday> {
  const now = profile.clock.now();
  const sum: SpentToday = { usd: 0, unknown: 0 };
  const told = new Map<string, number>();
  const onBroken = () => void sum.unknown++;
  for await (const lines of readLedger(profile, { since: startOfDay(now), onBroken })) {
    for (const { kind, id, cost_usd } of lines) {
      if (cost_usd === null) sum.unknown++;
      sum.usd += cost_usd ?? 0;
      if (kind === "worker") told.set(id, (told.get(id) ?? 0) + (cost_usd ?? 0));
    }
  }
  for (const worker of workers) {
    if (!worker.alive) continue;
    const counted = told.get(ledgerIdOf(worker)) ?? 0;
    const { usd, unknown } = await currentSpend(profile, worker, counted);
    sum.usd += usd - counted;
    const young = Math.abs(now.getTime() - Date.parse(worker.started_at)) < NO_PRICE_YET_MS;
    if (unknown && !young) sum.unknown++;
  }
  return sum;
}

/** What a living worker has cost so far. */
export interface CurrentSpend {
  /** US dollars, as far as anybody knows. */
  usd: number;
  /** It has used tokens, and nobody knows the price of them. */
  unknown: boolean;
}

/**
 * Tells what a living worker has cost so far: by its program's own records, else by what it told itself.
 *
 * @param told US dollars that it told itself (`looop cost add`)
 */
export async function currentSpend(
  { paths, config }: Profile,
  worker: Worker,
  told: number,
): Promise<CurrentSpend> {
  const dir = recordsDir(workerFiles(paths, worker.id), worker.sandbox);
  const records = await readSpend(worker.runner, dir, config.runners);
  const usd = Math.max(records?.cost_usd ?? 0, told);
  return { usd, unknown: records !== null && records.cost_usd === null && told === 0 };
}
