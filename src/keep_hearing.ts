import { join } from "@std/path";
import { Watch } from "./host/watch.ts";
import { hearWorkers, listSpeakers } from "./hear_workers.ts";
import { nextLook } from "./humans/next_look.ts";
import { messageOf } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";

/** How often, in milliseconds, it is looked at the latest who may speak at all. */
const POLL_MS = 2000;

/**
 * Hears what workers in a sandbox say as they say it, also while a tick waits for a decision; one that is being ended
 * keeps no other waiting. Disposed of, it stops.
 */
export function keepHearing(profile: Profile): AsyncDisposable {
  const over = new AbortController();
  const hearing = listen(profile, over.signal);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await hearing;
    },
  };
}

async function listen(profile: Profile, signal: AbortSignal): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    const speakers = await listSpeakers(profile.paths).catch(() => []);
    const inboxes = speakers.map((id) => join(profile.paths.workers, id, "inbox"));
    // A new worker's folder is seen in the one above; where there was none yet, in the data directory.
    const above = speakers.length > 0 ? profile.paths.workers : profile.paths.dataDir;
    const watch = new Watch([above, ...inboxes]);
    do {
      for (const id of speakers) {
        if (busy.has(id)) continue;
        const hearing = hearWorkers(profile, id)
          .catch((error) => profile.warn(`worker ${id} cannot be heard: ${messageOf(error)}`))
          .finally(() => busy.delete(id));
        busy.set(id, hearing);
      }
      await nextLook(profile.clock, watch, POLL_MS, signal);
    } while (!signal.aborted && same(speakers, await listSpeakers(profile.paths).catch(() => [])));
  }
  await Promise.all(busy.values());
}

function same(a: string[], b: string[]): boolean {
  return a.join() === b.join();
}
