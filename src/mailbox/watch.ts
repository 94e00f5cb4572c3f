import { join } from "@std/path";
import { nextChange } from "../os/clock.ts";
import { type Notices, Watch } from "../os/watch.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { listInboxes } from "../profile/paths.ts";
import { receive } from "./server.ts";

/** Milliseconds after which all inboxes are checked, and new ones found. */
const POLL_MS = 2000;

/** The same while no worker has an inbox, and the kernel reports what a tick writes when it starts one. */
const IDLE_POLL_MS = 10_000;

/**
 * Receives the messages of workers in a sandbox as they arrive, also while a tick waits for a decision. A message that takes
 * long to apply, such as a kill, delays only those of the same worker. Stops when it is disposed of.
 *
 * @param notices of changes in the profile: without inboxes, nothing else is checked
 */
export function watchMailbox(profile: Profile, notices?: Notices): AsyncDisposable {
  const over = new AbortController();
  const receiving = receiveAll(profile, over.signal, notices);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await receiving;
    },
  };
}

async function receiveAll(profile: Profile, signal: AbortSignal, notices?: Notices) {
  const busy = new Map<string, Promise<void>>();
  while (!signal.aborted) {
    const ids = inboxesOf(profile);
    const inboxes = ids.map((id) => join(profile.paths.workers, id, "inbox"));
    const watch = new Watch([profile.paths.workers, ...inboxes]);
    for (const id of ids) {
      if (busy.has(id)) continue;
      const receiving = receive(profile, id)
        .catch((error) => profile.warn(`cannot receive from worker ${id}: ${messageOf(error)}`))
        .finally(() => busy.delete(id));
      busy.set(id, receiving);
    }
    if (ids.length === 0 && notices?.arrive) {
      await notices.next(notices.count, IDLE_POLL_MS, signal);
    } else await nextChange(profile.clock, watch, POLL_MS, signal);
  }
  await Promise.all(busy.values());
}

/** None where the directory is unreadable, which the tick reports. */
function inboxesOf({ paths }: Profile): string[] {
  try {
    return listInboxes(paths);
  } catch {
    return [];
  }
}
