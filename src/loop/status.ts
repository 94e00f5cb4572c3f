import { exceededIn, findBudgetAsk, isLift, recentDecides } from "../budget/limits.ts";
import { sumSpend } from "../budget/ledger.ts";
import { pickRunnerName, type Profile } from "../profile/profile.ts";
import { allUnknownNames, openGoals } from "../goals/names.ts";
import { listAsks, openAsks } from "../inbox/asks.ts";
import { readDeliveries } from "../inbox/deliveries.ts";
import { goalItems } from "../inbox/attention.ts";
import { maskJson } from "../mask/mask.ts";
import { lockHolder } from "../os/lock.ts";
import { stat } from "../os/stat.ts";
import { journalTail } from "../profile/journal.ts";
import { parseFile } from "../profile/json_file.ts";
import { isPaused, readPulseInterval } from "../profile/markers.ts";
import { sandboxProblem } from "../profile/sandbox.ts";
import { readState } from "../profile/state.ts";
import { askEntries, askerOf } from "../schema/ask.ts";
import type { OverBudget } from "../schema/config.ts";
import { messageOf } from "../schema/errors.ts";
import { failingOf } from "../schema/failing.ts";
import { deliveryProblem } from "../schema/notify.ts";
import { INITIAL_STATE, lastTickSchema } from "../schema/state.ts";
import type { BudgetStatus, FullStatus, Status } from "../schema/status.ts";
import { cut, localDateTime, startOfDay } from "../schema/text.ts";
import type { JsonObject } from "../schema/json.ts";
import type { Worker } from "../schema/worker.ts";
import type { Reading } from "../schema/world.ts";
import { readSnapshots } from "../sense/snapshot.ts";
import { listEnded, listKept, listWorkers } from "../workers/list.ts";
import { ledgerIdOf, workerCosts } from "../workers/meter.ts";
import { currentSpend, spentToday } from "../workers/spending.ts";
import { currentTick } from "./current_tick.ts";
import { summarizeWorker, workerAttention } from "./fleet.ts";

/** Max. characters of an ask in `attention`; `asks` has all of it. */
const MAX_TEXT = 220;
/** Max. journal lines in a full status. */
const MAX_JOURNAL = 30;

/**
 * Reads the status of a profile: whether a pulse runs, the last tick, what needs the user, the cost of today. Writes
 * nothing, and works on a profile that does not exist yet. An unreadable file is reported in `attention`, not thrown.
 */
export async function readStatus(profile: Profile): Promise<Status>;
/**
 * Reads the status with everything that `looop watch` shows.
 *
 * @param options `all`: archived workers too, before the others
 */
export async function readStatus(
  profile: Profile,
  options: { full: true; all?: boolean },
): Promise<FullStatus>;
export async function readStatus(
  profile: Profile,
  { full = false, all = false }: { full?: boolean; all?: boolean } = {},
): Promise<Status | FullStatus> {
  const { paths, config, clock } = profile;
  const now = clock.now();
  const attention: string[] = [];
  const orReport = async <T>(reading: Promise<T>): Promise<T | null> => {
    try {
      return await reading;
    } catch (error) {
      attention.push(messageOf(error));
      return null;
    }
  };
  if (profile.configProblem !== undefined) attention.push(profile.configProblem);
  const problem = sandboxProblem(profile);
  if (problem !== null) attention.push(problem.message);
  const { asks } = await listAsks(profile);
  const { asks: shown, snoozed, broken } = await openAsks(profile);
  const open = [...shown, ...snoozed];
  const ofItems = new Set<string>();
  const addOfItem = (text: string) => {
    ofItems.add(text);
    attention.push(text);
  };
  // About the budgets of the day there is another line.
  for (const { text, command } of askEntries(shown.filter(({ hold }) => !hold || hold.goal))) {
    addOfItem(`${command}: ${cut(text, MAX_TEXT)}`);
  }
  attention.push(...broken);
  const listed = await orReport(listWorkers(profile, { asks })) ?? [];
  const workers = listed.map((worker) => summarizeWorker(worker, asks));
  workers.flatMap((worker) => workerAttention(worker, open) ?? []).forEach(addOfItem);
  for (const { id, why } of await orReport(listKept(profile)) ?? []) {
    attention.push(`looop prune kept worker ${id} with its worktree: ${why}`);
  }
  const state = await orReport(readState(profile)) ?? INITIAL_STATE;
  const { parked, set_aside } = state;
  const failing = failingOf(state);
  if (parked) {
    const until = parked.until === undefined ? "" : ` until ${localDateTime(parked.until)}`;
    attention.push(`parked${until}, so nothing is decided: ${parked.why}; looop resume retries`);
  } else if (failing) {
    const { since, why } = failing;
    attention.push(`failing since ${localDateTime(since)}: ${why}; looop retries by itself`);
  }
  const budget = await readBudgetStatus(profile, listed);
  const { held } = budget;
  // An answered ask needs nothing more of the user.
  if (held && held.ask !== null) {
    attention.push(`over budget: ${held.why}; looop answer ${held.ask} lift continues for today`);
  }
  const goals = await orReport(openGoals(profile)) ?? [];
  for (const { id, error } of goals) {
    if (error !== undefined) addOfItem(`looop goal write ${id}: ${error}`);
  }
  attention.push(...await orReport(allUnknownNames(profile, goals)) ?? []);
  for (const { goal = "", text } of goalItems(profile, state.goals)) {
    addOfItem(`looop goal show ${goal}: ${text}`);
  }
  const paused = isPaused(profile);
  if (paused) attention.push("paused; looop resume continues");
  const picked = pickRunnerName(profile);
  if (picked.name === null && config.runner !== "none") {
    attention.push(`only the goals' own rules decide: ${picked.why}`);
  }
  const holder = await lockHolder(paths.pulseLock);
  const { total } = await sumSpend(profile, { since: startOfDay(now) });
  const last_tick = await orReport(
    parseFile(paths.lastTick, lastTickSchema, "The next tick replaces it."),
  );
  if (last_tick?.error) {
    const { since, why } = last_tick.error;
    attention.push(`ticks fail since ${localDateTime(since)}: ${why}; looop retries by itself`);
  }
  const undelivered = deliveryProblem(await readDeliveries(profile));
  if (undelivered !== null) attention.push(undelivered);
  const status: Status = {
    pulse: {
      running: holder !== null,
      pid: Number.parseInt(holder ?? "") || null,
      interval_s: holder !== null && await orReport(readPulseInterval(profile)) || config.interval,
    },
    last_tick,
    tick: await orReport(currentTick(profile, last_tick)),
    parked: parked && { kind: parked.kind, why: parked.why, until: parked.until },
    failing,
    set_aside: set_aside.map(({ what, why, denied, tries }) => ({ what, why, denied, tries })),
    paused,
    workers,
    asks: open.map((ask) => {
      const { id, kind, question, options, ref, asked_at, approval } = ask;
      return {
        id,
        kind,
        from: askerOf(ask),
        question,
        options,
        ref,
        asked_at,
        expires_at: approval?.expires_at,
      };
    }),
    undelivered,
    attention,
    cost_today_usd: total.unknown_costs > 0 ? null : total.cost_usd,
    known_cost_today_usd: total.cost_usd,
    unknown_costs_today: total.unknown_costs,
    budget,
    data_dir: paths.dataDir,
    exists: stat(paths.own) !== null,
    config: profile.configPath,
    runner: picked.name,
  };
  if (!full) return status;
  const { listGoals } = await import("../documents/goals.ts");
  const { listSchedules } = await import("../documents/schedules.ts");
  const ended = all ? await orReport(listEnded(profile)) ?? [] : [];
  return {
    ...status,
    workers: [...ended.map((worker) => summarizeWorker(worker, [])), ...workers],
    open_asks: shown,
    notices: attention.filter((text) => !ofItems.has(text)),
    worker_costs_usd: await orReport(costsOf(profile, [...ended, ...listed])) ?? {},
    goals: await orReport(listGoals(profile, false)) ?? [],
    schedules: await orReport(listSchedules(profile)) ?? [],
    journal: (await orReport(journalTail(profile, MAX_JOURNAL)) ?? []).reverse().map(profile.mask),
    readings: (await readSnapshots(paths.snapshots)).map(({ name, at, trusted, result }) => {
      return { name, at, trusted, result: result.ok ? maskReading(profile, result) : result };
    }),
    hash: status.last_tick?.hash ?? null,
  };
}

/** An older looop may not have masked all of it. */
function maskReading({ mask }: Profile, { value }: { value: JsonObject }): Reading["result"] {
  return { ok: true, value: maskJson(mask, value) };
}

/** The known cost of workers in US dollars, by id; of a living one so far. */
async function costsOf(profile: Profile, workers: Worker[]): Promise<Record<string, number>> {
  const [first] = workers.map((worker) => worker.started_at).sort();
  if (first === undefined) return {};
  const recorded = await workerCosts(profile, new Date(first));
  const costs = await Promise.all(workers.map(async (worker): Promise<[string, number]> => {
    const counted = recorded.get(ledgerIdOf(worker)) ?? 0;
    const { usd } = worker.alive ? await currentSpend(profile, worker, counted) : { usd: counted };
    return [worker.id, usd];
  }));
  return Object.fromEntries(costs);
}

/** Reads how much of the budgets is used up. */
async function readBudgetStatus(profile: Profile, workers: Worker[]): Promise<BudgetStatus> {
  const { budget } = profile.config;
  const alive = workers.filter((worker) => worker.alive).length;
  const [spent, decides] = await Promise.all([
    spentToday(profile, alive > 0 ? workers : []),
    recentDecides(profile),
  ]);
  return {
    usd_per_day: budget.usd_per_day ?? null,
    spent_today_usd: spent.usd,
    unknown_costs_today: spent.unknown,
    running_workers_usd: spent.running_usd,
    running_unknown_costs: spent.running_unknown,
    usd_per_worker: budget.usd_per_worker ?? null,
    decides_per_hour: budget.decides_per_hour,
    decides_last_hour: decides.length,
    workers: budget.workers,
    workers_alive: alive,
    held: await heldStatus(profile, exceededIn(budget, spent, decides)),
  };
}

/** The first budget that a tick has asked about and that is not lifted; else the first that is. */
async function heldStatus(profile: Profile, all: OverBudget[]): Promise<BudgetStatus["held"]> {
  let lifted: BudgetStatus["held"] = null;
  for (const { budget, why } of all) {
    const { ask } = await findBudgetAsk(profile, budget);
    if (!ask) continue;
    if (!ask.answer || !isLift(ask.answer)) {
      return { budget, why, ask: ask.answer ? null : ask.id, lifted: false };
    }
    lifted ??= { budget, why, ask: null, lifted: true };
  }
  return lifted;
}
