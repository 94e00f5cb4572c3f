import { join } from "@std/path";
import { listFolder } from "../host/list_folder.ts";
import type { Worker } from "../model/worker.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { readFacts, workerFilesIn } from "./worker_files.ts";
import { endedWorker, lostEnd } from "./worker_state.ts";

/** Lists the workers that have been archived, in the order in which they were started. */
export async function listEnded(profile: Profile): Promise<Worker[]> {
  const folder = profile.paths.workersEnded;
  const ended = await Promise.all(
    listFolder(folder).map(async ({ name, isDirectory }) => {
      if (!isDirectory) return [];
      try {
        const facts = await readFacts(profile, workerFilesIn(join(folder, name)));
        return facts ? [endedWorker(facts, facts.end ?? lostEnd(facts), null)] : [];
      } catch (error) {
        profile.warn(`an ended worker is left out: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  return ended.flat().sort((a, b) => (a.generation < b.generation ? -1 : 1));
}
