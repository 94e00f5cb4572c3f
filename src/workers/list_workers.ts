import { readFlag } from "../humans/flag_file.ts";
import type { Ask } from "../model/ask.ts";
import type { Worker } from "../model/worker.ts";
import type { Profile } from "../profile/profile.ts";
import { observeFleet } from "./observe_fleet.ts";
import { endedWorker, liveWorker } from "./worker_state.ts";

/** What {@linkcode listWorkers} takes; all of it has a default. */
export interface ListWorkersOptions {
  /** Asks, of which those count that a worker made and nobody answered. Default: none. */
  asks?: readonly Ask[];
  /** This worker alone. */
  only?: string;
}

/**
 * Lists the workers that have not been archived, by id.
 *
 * @throws {UserError} where nobody knows who lives, since tmux or `ps` fails: none of them is lost then.
 */
export async function listWorkers(
  profile: Profile,
  { asks = [], only }: ListWorkersOptions = {},
): Promise<Worker[]> {
  const now = profile.clock.now().getTime();
  const fleet = await observeFleet(profile, { only });
  return await Promise.all(fleet.map(async ({ facts, end, session, process }) => {
    const { id, generation } = facts.record;
    const flag = await readFlag(profile, id);
    if (end) return endedWorker(facts, end, flag);
    return liveWorker(facts, {
      session: session !== null && !session.dead,
      process,
      flag,
      asks: asks.filter((ask) =>
        ask.worker === id && ask.run_id === generation && !ask.answer && !ask.closed_by
      ),
      now,
    });
  }));
}
