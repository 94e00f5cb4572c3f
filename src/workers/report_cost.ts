import { lock } from "../host/lock.ts";
import type { WorkerRecord } from "../model/worker.ts";
import { appendLedger, readLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import { readSpend } from "./agents/read_spend.ts";
import { ledgerIdOf } from "./meter_worker.ts";
import { recordsFolder, workerFiles } from "./worker_files.ts";

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
  const folder = recordsFolder(workerFiles(profile.paths, record.id), record.sandbox);
  const spend = await readSpend(record.runner, folder, profile.config.runners);
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
