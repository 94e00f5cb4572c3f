import { lock } from "../host/lock.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { closeAsk, findAsk } from "./ask_files.ts";
import { settleFlag } from "./flag_for_ask.ts";

/** Closes a worker's ask that needs no answer any more; one that has an answer stays. Safe to do twice. */
export async function withdrawAsk(profile: Profile, id: string): Promise<void> {
  using _ = await lock(profile.paths.asksLock);
  const ask = await findAsk(profile, id);
  if (ask?.worker === undefined || ask.answer) return;
  // Also one that is closed: a crash may have left its open file.
  await closeAsk(profile, ask, ask.closed_by ?? "withdrawn");
  await settleFlag(profile, ask);
  if (ask.closed_by !== undefined) return;
  await appendEvent(profile, { event: "withdrawn", ask: id, worker: ask.worker });
}
