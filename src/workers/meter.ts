import { appendLedger, readLedger } from "../budget/ledger.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import { plainUsd, usd as showUsd } from "../schema/text.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { Spend } from "./agents/agent.ts";
import { readSpend } from "./agents/presets.ts";
import { recordsDir, workerFiles } from "./files.ts";

/** The id of a worker's ledger lines, which includes its generation: a later worker may have the same id. */
export function ledgerIdOf({ id, generation }: Pick<Worker, "id" | "generation">): string {
  return `${id}@${generation}`;
}

/** Reads what a worker has spent from the records of its agent, within {@linkcode boundsOf}; `null` where there are none. */
export async function workerSpend(profile: Profile, worker: WorkerRecord): Promise<Spend | null> {
  const { paths, config, clock } = profile;
  const { id, runner, sandbox } = worker;
  const spend = await readSpend(
    runner,
    recordsDir(workerFiles(paths, id), sandbox),
    config.runners,
  );
  if (spend === null || spend.cost_usd === null) return spend;
  return { ...spend, cost_usd: believed(spend.cost_usd, boundsOf(spend, worker, clock.now())) };
}

/** US dollars for a token: less than any hosted model costs, and more. */
const MIN_USD = { input: 5e-8, cached: 5e-9, output: 4e-7 };
const MAX_USD = { input: 2e-4, output: 8e-4 };
/** What any worker may have cost, and how much more in each millisecond of its life where its tokens are unknown. */
const BASE_USD = 5;
const USD_PER_MS = 2 / 60_000;

/** A cost above the bounds is not real: what its tokens cost at least counts. */
function believed(usd: number, { min, max }: { min: number; max: number }): number {
  return usd > max ? min : Math.max(usd, min);
}

/**
 * Returns between what a worker can have cost, in US dollars. What it says and records itself is untrusted input: it counts
 * only within these bounds, so that it can neither hide a cost nor use up the budget of all others by a number.
 *
 * @param spend its tokens; `null`: unknown
 */
export function boundsOf(
  spend: Spend | null,
  { started_at }: Pick<WorkerRecord, "started_at">,
  now: Date,
): { min: number; max: number } {
  const input = spend?.input_tokens ?? 0;
  const cached = Math.min(spend?.cached_input_tokens ?? 0, input);
  const output = spend?.output_tokens ?? 0;
  const ms = Math.abs(now.getTime() - Date.parse(started_at)) || 0;
  const isKnown = spend !== null && spend.input_tokens !== null && spend.output_tokens !== null;
  const more = isKnown ? input * MAX_USD.input + output * MAX_USD.output : ms * USD_PER_MS;
  return {
    min: (input - cached) * MIN_USD.input + cached * MIN_USD.cached + output * MIN_USD.output,
    max: BASE_USD + more,
  };
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
 * Records what an ended worker has spent, from the records of its agent; once, and only what is more than the worker reported
 * itself, or than was recorded before it was continued. Without either, the cost is recorded as unknown.
 */
export async function meterWorker(profile: Profile, worker: Worker): Promise<void> {
  const recorded = await recordedOf(profile, worker);
  if (recorded?.unknown) return;
  const spend = await workerSpend(profile, worker);
  const { min } = boundsOf(spend, worker, profile.clock.now());
  // Its end is known in whole seconds.
  const durationMs = Math.max(0, Date.parse(worker.since) - Date.parse(worker.started_at));
  if (recorded === null) {
    const cost_usd = spend?.cost_usd ?? null;
    return await append(profile, worker, spend, { cost_usd, tokens: spend, durationMs });
  }
  const missing = Math.max(spend?.cost_usd ?? 0, min) - recorded.usd;
  if (missing < SMALLEST_USD) return;
  await append(profile, worker, spend, { cost_usd: missing, tokens: null, durationMs });
}

/** Smaller differences are rounding errors. */
const SMALLEST_USD = 1e-9;

/**
 * Records a cost that a worker reports, in addition to earlier ones, within {@linkcode boundsOf}. If the records of its agent
 * include dollars, those are recorded at its end instead.
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
  const recorded = await recordedOf(profile, record);
  const before = recorded?.usd ?? 0;
  const bounds = boundsOf(spend, record, profile.clock.now());
  const cost_usd = Math.max(0, believed(before + usd, bounds) - before);
  if (before + usd > bounds.max) {
    profile.warn(`worker ${record.id} reports ${showUsd(usd)}, which it cannot have cost`);
  }
  // Tokens are those of the whole session, so only one line has them.
  const tokens = recorded === null ? spend : null;
  await append(profile, record, spend, { cost_usd, tokens, durationMs: null });
  return true;
}

/** What the ledger has of a worker: US dollars, and whether a cost is unknown; `null`: no line. */
async function recordedOf(
  profile: Profile,
  record: WorkerRecord,
): Promise<{ usd: number; unknown: boolean } | null> {
  const id = ledgerIdOf(record);
  const since = new Date(record.started_at);
  let found: { usd: number; unknown: boolean } | null = null;
  for await (const lines of readLedger(profile, { since })) {
    for (const line of lines) {
      if (line.kind !== "worker" || line.id !== id) continue;
      found ??= { usd: 0, unknown: false };
      found.usd += line.cost_usd ?? 0;
      found.unknown ||= line.cost_usd === null;
    }
  }
  return found;
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
