import { lock } from "../host/lock.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { closeAsk, findAsk } from "./ask_files.ts";
import { settleFlag } from "./flag_for_ask.ts";

/**
 * Closes a worker's ask whose answer has reached it: called after the answer was printed, so that a process
 * killed in between finds it once more. Safe to do twice.
 */
export async function deliverAnswer(profile: Profile, id: string): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask?.worker === undefined || !ask.answer) return;
  // Also one that is closed: a crash may have left its open file.
  await closeAsk(profile, ask, ask.closed_by ?? "delivered");
  await settleFlag(profile, ask);
  if (ask.closed_by !== undefined) return;
  await appendEvent(profile, { event: "delivered", ask: id, worker: ask.worker });
}
