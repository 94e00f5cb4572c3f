import type { Worker } from "../model/worker.ts";
import { appendLedger, readLedger } from "../profile/ledger.ts";
import type { Profile } from "../profile/profile.ts";
import { readSpend } from "./agents/read_spend.ts";
import { recordsFolder, workerFiles } from "./worker_files.ts";

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
  const folder = recordsFolder(workerFiles(profile.paths, worker.id), worker.sandbox);
  const spend = await readSpend(worker.runner, folder, profile.config.runners);
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
