import { lock } from "../host/lock.ts";
import type { Ask } from "../model/ask.ts";
import { appendEvent } from "../profile/events.ts";
import type { Profile } from "../profile/profile.ts";
import { closeAsk, listAsks } from "./ask_files.ts";
import { settleFlag } from "./flag_for_ask.ts";

/**
 * Closes what a worker that ended has left open, answered or not: kept in `asks/closed` as orphaned.
 *
 * @param generation that of the ended worker: asks of another one with the same id stay
 * @returns the asks that were closed.
 */
export async function closeWorkerAsks(
  profile: Profile,
  worker: string,
  generation: string,
): Promise<Ask[]> {
  using _ = await lock(profile.paths.asksLock);
  const left = (await listAsks(profile)).asks.filter((ask) =>
    ask.worker === worker && ask.run_id === generation
  );
  for (const ask of left) await closeAsk(profile, ask, "orphaned");
  for (const ask of left) {
    await settleFlag(profile, ask);
    await appendEvent(profile, { event: "orphaned", ask: ask.id, worker });
  }
  return left;
}
