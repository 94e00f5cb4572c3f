import { findHoldAsk, saysLift } from "../humans/hold_asks.ts";
import type { OverBudget } from "../model/budget.ts";
import { localDay } from "../model/local_day.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { anyAlive } from "./any_alive.ts";
import { overBudget } from "./over_budget.ts";
import { recentDecides } from "./recent_decides.ts";
import { spentToday } from "./spent_today.ts";

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
  return await unlifted(profile, await readOver(profile, input));
}

/** Tells whether dollars may be spent by whoever is no decision, and how many. */
export async function checkDollars(profile: Profile): Promise<Allowance> {
  const { all, usdLeft } = await readOver(profile, {});
  return await unlifted(profile, {
    all: all.filter(({ budget }) => budget !== "decides_per_hour"),
    usdLeft,
  });
}

/** Lists the budgets that are used up, lifted or not. */
export async function readOver(
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
    all: overBudget(budget, spent, decides),
    usdLeft: budget.usd_per_day === undefined ? undefined : budget.usd_per_day - spent.usd,
  };
}

async function unlifted(
  profile: Profile,
  { all, usdLeft }: { all: OverBudget[]; usdLeft?: number },
): Promise<Allowance> {
  const day = localDay(profile.clock.now());
  let left = usdLeft;
  for (const over of all) {
    const { ask } = await findHoldAsk(profile, { budget: over.budget, day });
    if (!ask?.answer || !saysLift(ask.answer)) return { over };
    if (over.budget === "usd_per_day") left = undefined;
  }
  return left === undefined ? { over: null } : { over: null, usdLeft: left };
}

async function alive(profile: Profile): Promise<Worker[]> {
  if (!anyAlive(profile.paths)) return [];
  const { listWorkers } = await import("./list_workers.ts");
  return await listWorkers(profile);
}
