import { findAsk } from "./humans/ask_files.ts";
import type { Hold } from "./model/budget.ts";
import { localDay } from "./model/local_day.ts";
import type { BudgetStatus, WorkerSummary } from "./model/status.ts";
import type { Profile } from "./profile/profile.ts";
import { listWorkers } from "./workers/list_workers.ts";
import { overBudget } from "./workers/over_budget.ts";
import { recentDecides } from "./workers/recent_decides.ts";
import { spentToday } from "./workers/spent_today.ts";

/** Tells how much of the budgets is used up. */
export async function readBudgetStatus(
  profile: Profile,
  hold: Hold | null,
  workers: WorkerSummary[],
): Promise<BudgetStatus> {
  const { budget } = profile.config;
  const alive = workers.filter((worker) => worker.alive).length;
  const [spent, decides] = await Promise.all([
    spentToday(profile, alive > 0 ? await listWorkers(profile) : []),
    recentDecides(profile),
  ]);
  // The state is that of the last held tick; what it says may have passed.
  const over = overBudget(budget, spent, decides).some((one) => one.budget === hold?.budget);
  const held = hold !== null && over && hold.day === localDay(profile.clock.now());
  return {
    usd_per_day: budget.usd_per_day ?? null,
    spent_today_usd: spent.usd,
    unknown_costs_today: spent.unknown,
    usd_per_worker: budget.usd_per_worker ?? null,
    decides_per_hour: budget.decides_per_hour,
    decides_last_hour: decides.length,
    workers: budget.workers,
    workers_alive: alive,
    held: held ? await heldStatus(profile, hold) : null,
  };
}

async function heldStatus(
  profile: Profile,
  { budget, why, ask_id, lifted }: Hold,
): Promise<BudgetStatus["held"]> {
  const ask = await findAsk(profile, ask_id);
  return { budget, why, ask: ask && !ask.answer ? ask_id : null, lifted };
}
