import { canonicalJson } from "../model/canonical.ts";
import type { Move } from "../model/move.ts";
import type { Outcome } from "../model/outcome.ts";
import { newsOf } from "../model/world.ts";
import type { Profile } from "../profile/profile.ts";
import { stopSession } from "../workers/stop_session.ts";

/** Stops a worker. That it has ended is then no news to the loop. */
export async function stopWorkerMove(
  profile: Profile,
  { id }: Move & { action: "stop_worker" },
): Promise<Outcome> {
  const { how, worker } = await stopSession(profile, id);
  const news = worker && newsOf(worker);
  return {
    status: "made",
    summary: how === "ended_before" ? `worker ${id} had ended before` : `stopped worker ${id}`,
    paths: [],
    ...(news ? { content: canonicalJson(news) } : {}),
  };
}
