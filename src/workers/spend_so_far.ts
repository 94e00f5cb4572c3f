import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { readSpend } from "./agents/read_spend.ts";
import { recordsFolder, workerFiles } from "./worker_files.ts";

/** What a living worker has cost so far. */
export interface SpendSoFar {
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
export async function spendSoFar(
  { paths, config }: Profile,
  worker: Worker,
  told: number,
): Promise<SpendSoFar> {
  const folder = recordsFolder(workerFiles(paths, worker.id), worker.sandbox);
  const records = await readSpend(worker.runner, folder, config.runners);
  const usd = Math.max(records?.cost_usd ?? 0, told);
  return { usd, unknown: records !== null && records.cost_usd === null && told === 0 };
}
