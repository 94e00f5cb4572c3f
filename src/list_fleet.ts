import { listAsks } from "./humans/ask_files.ts";
import type { WorkerSummary } from "./model/status.ts";
import type { Profile } from "./profile/profile.ts";
import { summarizeWorker } from "./summarize_worker.ts";
import { listWorkers } from "./workers/list_workers.ts";

/**
 * Lists the workers for a person to read, by id.
 *
 * @param all also those that have been archived, oldest first, before the others
 * @throws {UserError} where nobody knows who lives, since tmux or `ps` fails.
 */
export async function listFleet(profile: Profile, all = false): Promise<WorkerSummary[]> {
  const { asks } = await listAsks(profile);
  const workers = (await listWorkers(profile, { asks })).map((worker) =>
    summarizeWorker(worker, asks)
  );
  if (!all) return workers;
  const { listEnded } = await import("./workers/list_ended.ts");
  const ended = (await listEnded(profile)).map((worker) => summarizeWorker(worker, []));
  return [...ended, ...workers];
}
