import { fileAge } from "../host/file_age.ts";
import { removeFile } from "../host/remove_file.ts";
import { replaceFile } from "../host/replace_file.ts";
import { messageOf } from "../model/user_error.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { endTree } from "./end_tree.ts";
import { type Observed, observeFleet } from "./observe_fleet.ts";
import { verifyWorker } from "./verify_worker.ts";
import { writeEnd } from "./worker_files.ts";
import { lostEnd } from "./worker_state.ts";

/**
 * Does once what follows the end of a worker: writes how it ended, ends what it left running and its session,
 * and runs its `verify`. Safe to do twice, and in two looops at a time.
 *
 * @param signal stops `verify`, which has then not passed
 * @param hear does what a worker that ended has left to say
 * @returns ids of the workers that it did this for.
 * @throws {UserError} where nobody knows who lives.
 */
export async function settleWorkers(
  profile: Profile,
  signal?: AbortSignal,
  hear?: (worker: string) => Promise<void>,
): Promise<string[]> {
  const fleet = unsettled(await observeFleet(profile));
  if (fleet.length === 0) return [];
  const ids = new Set(fleet.map(({ facts }) => facts.record.id));
  // Only now do sessions and leftovers of those matter whose files told all.
  const looked = (await observeFleet(profile, { thorough: true }))
    .filter((worker) => ids.has(worker.facts.record.id) && hasEnded(worker));
  const settled = await Promise.all(looked.map((worker) => settle(profile, worker, signal, hear)));
  return settled.flatMap((id) => id ?? []);
}

function unsettled(fleet: Observed[]): Observed[] {
  return fleet.filter((worker) => hasEnded(worker) && fileAge(worker.files.settled, 0) === null);
}

/** Without an end, but with neither session nor process, it is lost. */
function hasEnded({ end, session, process }: Observed): boolean {
  return end !== null || (!process && (session === null || session.dead));
}

async function settle(
  profile: Profile,
  { files, facts, end, session, process }: Observed,
  signal?: AbortSignal,
  hear?: (worker: string) => Promise<void>,
): Promise<string | null> {
  const { id, generation } = facts.record;
  try {
    await writeEnd(files, end ?? lostEnd(facts));
    await removeFile(files.killing);
    if (process || session) {
      const left = await endTree(profile, { files, generation, session });
      if (left.length > 0) {
        profile.warn(`worker ${id} ended, but left what does not die: ${left.join(", ")}`);
      }
    }
    // Its asks, its cost: afterwards they would come too late.
    await hear?.(id);
    if (!await verifyWorker(profile, facts.record, files, signal)) return null;
    await replaceFile(files.settled, "");
    await appendEvent(profile, { event: "worker_end", worker: id });
    return id;
  } catch (error) {
    profile.warn(`cannot settle worker ${id}, will try again: ${messageOf(error)}`);
    return null;
  }
}
