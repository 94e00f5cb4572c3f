import { join } from "@std/path";
import { nextCheck } from "../inbox/wait.ts";
import { type Notices, Watch } from "../os/watch.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { listInboxes } from "../workers/files.ts";
import { receive } from "./server.ts";

/** How often, in milliseconds, it is looked at the latest who may speak at all. */
const POLL_MS = 2000;

/** The same while no worker could speak, and the kernel tells of what a tick writes when it starts one. */
const IDLE_POLL_MS = 10_000;

/**
 * Hears what workers in a sandbox say as they say it, also while a tick waits for a decision; one that is being ended
 * keeps no other waiting. Disposed of, it stops.
 *
 * @param notices of changes in the profile: while no worker could speak, it looks at these alone
 */
export function watchMailbox(profile: Profile, notices?: Notices): AsyncDisposable {
  const over = new AbortController();
  const hearing = listen(profile, over.signal, notices);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await hearing;
    },
  };
}

async function listen(profile: Profile, signal: AbortSignal, notices?: Notices): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    const speakers = speakersOf(profile);
    const inboxes = speakers.map((id) => join(profile.paths.workers, id, "inbox"));
    const watch = new Watch([profile.paths.workers, ...inboxes]);
    do {
      for (const id of speakers) {
        if (busy.has(id)) continue;
        const hearing = receive(profile, id)
          .catch((error) => profile.warn(`worker ${id} cannot be heard: ${messageOf(error)}`))
          .finally(() => busy.delete(id));
        busy.set(id, hearing);
      }
      // Who begins to speak is seen soon enough, and an idle pulse has nothing else to look for.
      if (speakers.length === 0 && notices?.arrive) {
        await notices.next(notices.count, IDLE_POLL_MS, signal);
      } else await nextCheck(profile.clock, watch, POLL_MS, signal);
    } while (!signal.aborted && same(speakers, speakersOf(profile)));
  }
  await Promise.all(busy.values());
}

/** Nobody, where the directory cannot be looked into: the tick tells of that. */
function speakersOf({ paths }: Profile): string[] {
  try {
    return listInboxes(paths);
  } catch {
    return [];
  }
}

function same(a: string[], b: string[]): boolean {
  return a.join() === b.join();
}
