import { appendLedger, readLedger } from "../budget/ledger.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { newRunId } from "../profile/runs.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import { plainUsd, usd as showUsd } from "../schema/text.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import type { Spend } from "./agents/agent.ts";
import { keepsRecords, readSpend } from "./agents/presets.ts";
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
 * Records that a session of a worker begins, with an unknown cost, before its agent can begin.
 *
 * @throws if the ledger cannot be written; the agent must not begin then
 */
export async function beginSession(profile: Profile, record: WorkerRecord): Promise<void> {
  const call = `${ledgerIdOf(record)}-${newRunId(profile.clock.now())}`;
  await append(profile, record, null, { ...FREE, cost_usd: null, call, begun: true });
}

/** Records that an agent has not begun: the sessions of this worker cost nothing. */
export async function cancelSessions(profile: Profile, record: WorkerRecord): Promise<void> {
  const { begun } = await recordedOf(profile, record);
  for (const call of begun) await append(profile, record, null, { ...FREE, call });
}

/**
 * Records what an ended worker has spent, from the records of its agent; once, and only what is more than the worker reported
 * itself, or than was recorded before it was continued. Without either, the cost is recorded as unknown, and so it is where an
 * agent that keeps records has left none.
 */
export async function meterWorker(profile: Profile, worker: Worker): Promise<void> {
  const recorded = await recordedOf(profile, worker);
  const [call, ...others] = recorded.begun;
  if (call === undefined && recorded.unknown) return;
  const spend = await workerSpend(profile, worker);
  const { min } = boundsOf(spend, worker, profile.clock.now());
  // Its end is known in whole seconds.
  const durationMs = Math.max(0, Date.parse(worker.since) - Date.parse(worker.started_at));
  const isFirst = recorded.lines === 0;
  const missing = Math.max(spend?.cost_usd ?? 0, min) - recorded.usd;
  if (!isFirst && missing < SMALLEST_USD && call === undefined) return;
  const isReported = !isFirst && !recorded.unknown &&
    (spend !== null || !keepsRecords(worker.runner, profile.config.runners));
  const isKnown = typeof spend?.cost_usd === "number" || isReported;
  const cost_usd = isKnown ? Math.max(0, missing) : null;
  const tokens = isFirst ? spend : null;
  await append(profile, worker, spend, { cost_usd, tokens, durationMs, call });
  for (const call of others) await append(profile, worker, spend, { ...FREE, call });
}

/** A line that adds no cost. */
const FREE = { cost_usd: 0, tokens: null, durationMs: null };

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
  const before = recorded.usd;
  const bounds = boundsOf(spend, record, profile.clock.now());
  const cost_usd = Math.max(0, believed(before + usd, bounds) - before);
  if (before + usd > bounds.max) {
    profile.warn(`worker ${record.id} reports ${showUsd(usd)}, which it cannot have cost`);
  }
  // Tokens are those of the whole session, so only one line has them.
  const tokens = recorded.lines === 0 ? spend : null;
  await append(profile, record, spend, { cost_usd, tokens, durationMs: null });
  return true;
}

/** What the ledger has of a worker. */
interface Recorded {
  /** The number of lines with a cost, known or not. */
  lines: number;
  /** US dollars that are known. */
  usd: number;
  /** A cost is unknown. */
  unknown: boolean;
  /** The sessions that began and have no end. */
  begun: string[];
}

async function recordedOf(profile: Profile, record: WorkerRecord): Promise<Recorded> {
  const id = ledgerIdOf(record);
  const since = new Date(record.started_at);
  const found: Recorded = { lines: 0, usd: 0, unknown: false, begun: [] };
  for await (const lines of readLedger(profile, { since })) {
    for (const line of lines) {
      if (line.kind !== "worker" || line.id !== id) continue;
      if (line.begun && line.call !== undefined) found.begun.push(line.call);
      else {
        found.lines++;
        found.usd += line.cost_usd ?? 0;
        found.unknown ||= line.cost_usd === null;
      }
    }
  }
  return found;
}

async function append(
  profile: Profile,
  record: WorkerRecord,
  spend: Spend | null,
  { cost_usd, tokens, durationMs, call, begun }:
    & { tokens: Spend | null; durationMs: number | null }
    & Pick<LedgerLine, "cost_usd" | "call" | "begun">,
): Promise<void> {
  await appendLedger(profile, {
    ts: profile.clock.now().toISOString(),
    kind: "worker",
    id: ledgerIdOf(record),
    goal: record.goal,
    runner: record.runner,
    model: spend?.model ?? null,
    cost_usd,
    input_tokens: tokens?.input_tokens ?? null,
    cached_input_tokens: tokens?.cached_input_tokens ?? null,
    output_tokens: tokens?.output_tokens ?? null,
    duration_ms: durationMs,
    ...{ call, begun },
  });
}

/** The environment variable with the US dollars that a program may spend; it replaces the one that looop inherited. */
export function usdLimitEnv(usdLimit: number | undefined): Environment {
  return { LOOOP_USD_LIMIT: usdLimit === undefined ? "" : plainUsd(usdLimit) };
}
