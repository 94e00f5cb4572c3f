import { appendLedger, readLedger } from "../budget/ledger.ts";
import type { Environment } from "../os/env.ts";
import { lock } from "../os/lock.ts";
import type { Profile } from "../profile/profile.ts";
import { plainUsd } from "../schema/ledger.ts";
import type { Worker, WorkerRecord } from "../schema/worker.ts";
import { readSpend } from "./agents/presets.ts";
import { recordsDir, workerFiles } from "./files.ts";

/** The id of a worker's ledger lines: they tell its generation from others that had its id. */
export function ledgerIdOf({ id, generation }: Pick<Worker, "id" | "generation">): string {
  return `${id}@${generation}`;
}

/**
 * Writes into the ledger what an ended worker has spent, as its program's own records tell it; once, and not
 * where the worker itself has told already. With neither, the cost is unknown, and counts as such.
 */
export async function meterWorker(profile: Profile, worker: Worker): Promise<void> {
  const id = ledgerIdOf(worker);
  for await (const lines of readLedger(profile, { since: new Date(worker.started_at) })) {
    if (lines.some((line) => line.kind === "worker" && line.id === id)) return;
  }
  const dir = recordsDir(workerFiles(profile.paths, worker.id), worker.sandbox);
  const spend = await readSpend(worker.runner, dir, profile.config.runners);
  const now = profile.clock.now();
  await appendLedger(profile, {
    ts: now.toISOString(),
    kind: "worker",
    id,
    goal: worker.goal,
    runner: worker.runner,
    model: spend?.model ?? null,
    cost_usd: spend?.cost_usd ?? null,
    input_tokens: spend?.input_tokens ?? null,
    cached_input_tokens: spend?.cached_input_tokens ?? null,
    output_tokens: spend?.output_tokens ?? null,
    // The wrapper tells its end in whole seconds.
    duration_ms: Math.max(0, Date.parse(worker.since) - Date.parse(worker.started_at)),
  });
}

/**
 * Writes into the ledger what a worker says that it has spent, on top of what it said before. Where its program's
 * own records tell dollars, they count instead, at its end; so nothing is counted twice.
 *
 * @returns whether it was written.
 */
export async function reportCost(
  profile: Profile,
  record: WorkerRecord,
  usd: number,
): Promise<boolean> {
  using _ = await lock(profile.paths.workersLock);
  const dir = recordsDir(workerFiles(profile.paths, record.id), record.sandbox);
  const spend = await readSpend(record.runner, dir, profile.config.runners);
  if (spend !== null && spend.cost_usd !== null) return false;
  const id = ledgerIdOf(record);
  // Tokens are those of the whole session so far: one line alone may have them.
  const tokens = await isTold(profile, record, id) ? null : spend;
  await appendLedger(profile, {
    ts: profile.clock.now().toISOString(),
    kind: "worker",
    id,
    goal: record.goal,
    runner: record.runner,
    model: spend?.model ?? null,
    cost_usd: usd,
    input_tokens: tokens?.input_tokens ?? null,
    cached_input_tokens: tokens?.cached_input_tokens ?? null,
    output_tokens: tokens?.output_tokens ?? null,
    duration_ms: null,
  });
  return true;
}

async function isTold(profile: Profile, record: WorkerRecord, id: string): Promise<boolean> {
  for await (const lines of readLedger(profile, { since: new Date(record.started_at) })) {
    if (lines.some((line) => line.kind === "worker" && line.id === id)) return true;
  }
  return false;
}

/** How a program is told the US dollars that it may cost; what looop itself was told is not passed on. */
export function usdLimitEnv(usdLimit: number | undefined): Environment {
  return { LOOOP_USD_LIMIT: usdLimit === undefined ? "" : plainUsd(usdLimit) };
}
