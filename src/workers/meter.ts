import { appendLedger, readLedger } from "../budget/ledger.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import { isPresent } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import { plainUsd } from "../schema/text.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { Spend } from "./agents/agent.ts";
import { readSpend } from "./agents/presets.ts";
import { recordsDir, workerFiles } from "./files.ts";

/** The id of a worker's ledger lines, which includes its generation: a later worker may have the same id. */
export function ledgerIdOf({ id, generation }: Pick<Worker, "id" | "generation">): string {
  return `${id}@${generation}`;
}

/** Reads what a worker has spent from the records of its agent; `null` where there are none. */
export async function workerSpend(
  { paths, config }: Profile,
  { id, runner, sandbox }: WorkerRecord,
): Promise<Spend | null> {
  return await readSpend(runner, recordsDir(workerFiles(paths, id), sandbox), config.runners);
}

/** Sums up the worker lines of the ledger since some time: US dollars by {@linkcode ledgerIdOf}. */
export async function workerCosts(profile: Profile, since: Date): Promise<Map<string, number>> {
  const costs = new Map<string, number>();
  for await (const lines of readLedger(profile, { since })) addWorkerCosts(costs, lines);
  return costs;
}

/** Adds the worker lines among `lines` to `costs`. */
export function addWorkerCosts(costs: Map<string, number>, lines: LedgerLine[]): void {
  for (const { kind, id, cost_usd } of lines) {
    if (kind === "worker") costs.set(id, (costs.get(id) ?? 0) + (cost_usd ?? 0));
  }
}

/**
 * Records what an ended worker has spent, from the records of its agent; once, and not where the worker reported its cost
 * itself. Without either, the cost is recorded as unknown. Of one that was continued after that, it records the rest.
 */
export async function meterWorker(profile: Profile, worker: Worker): Promise<void> {
  const costs = await workerCosts(profile, new Date(worker.started_at));
  const recorded = costs.get(ledgerIdOf(worker));
  const isContinued = isPresent(workerFiles(profile.paths, worker.id).resumption);
  if (recorded !== undefined && !isContinued) return;
  const spend = await workerSpend(profile, worker);
  if (recorded !== undefined) {
    const rest = (spend?.cost_usd ?? 0) - recorded;
    if (rest < MIN_REST_USD) return;
    return await append(profile, worker, spend, { cost_usd: rest, tokens: null, durationMs: null });
  }
  // Its end is known in whole seconds.
  const durationMs = Math.max(0, Date.parse(worker.since) - Date.parse(worker.started_at));
  await append(profile, worker, spend, {
    cost_usd: spend?.cost_usd ?? null,
    tokens: spend,
    durationMs,
  });
}

/** What is less is an error of rounding. */
const MIN_REST_USD = 1e-6;

/**
 * Records a cost that a worker reports, in addition to earlier ones. If the records of its agent include dollars, those are
 * recorded at its end instead.
 *
 * @returns whether it was recorded.
 */
export async function reportCost(
  profile: Profile,
  record: WorkerRecord,
  usd: number,
): Promise<boolean> {
  using _ = await lock(profile.paths.workersLock);
  const spend = await workerSpend(profile, record);
  if (spend !== null && spend.cost_usd !== null) return false;
  // Tokens are those of the whole session, so only one line has them.
  const tokens = await isRecorded(profile, record) ? null : spend;
  await append(profile, record, spend, { cost_usd: usd, tokens, durationMs: null });
  return true;
}

async function isRecorded(profile: Profile, record: WorkerRecord): Promise<boolean> {
  return (await workerCosts(profile, new Date(record.started_at))).has(ledgerIdOf(record));
}

async function append(
  profile: Profile,
  record: WorkerRecord,
  spend: Spend | null,
  line: { cost_usd: number | null; tokens: Spend | null; durationMs: number | null },
): Promise<void> {
  await appendLedger(profile, {
    ts: profile.clock.now().toISOString(),
    kind: "worker",
    id: ledgerIdOf(record),
    goal: record.goal,
    runner: record.runner,
    model: spend?.model ?? null,
    cost_usd: line.cost_usd,
    input_tokens: line.tokens?.input_tokens ?? null,
    cached_input_tokens: line.tokens?.cached_input_tokens ?? null,
    output_tokens: line.tokens?.output_tokens ?? null,
    duration_ms: line.durationMs,
  });
}

/** The environment variable with the US dollars that a program may spend; it replaces the one that looop inherited. */
export function usdLimitEnv(usdLimit: number | undefined): Environment {
  return { LOOOP_USD_LIMIT: usdLimit === undefined ? "" : plainUsd(usdLimit) };
}
