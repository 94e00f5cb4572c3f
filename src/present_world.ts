import type { World } from "./model/world.ts";
import { parseGoals } from "./profile/parse_goals.ts";
import type { Profile } from "./profile/profile.ts";
import { readGoals } from "./sense/read_goals.ts";
import { readSnapshots } from "./sense/snapshot.ts";
import { listWorkers } from "./workers/list_workers.ts";

/**
 * The world as far as admission rules read it, without looking anew: goals and workers as they are, and of
 * sensors what the last tick saw. It has no PLAYBOOK, asks and claims.
 *
 * @throws {UserError} where nobody knows which workers live, since tmux or `ps` fails.
 */
export async function presentWorld(profile: Profile): Promise<World> {
  return {
    at: profile.clock.now().toISOString(),
    playbook: { text: "", digest: "" },
    goals: parseGoals(profile, await readGoals(profile)),
    readings: await readSnapshots(profile.paths.snapshots),
    workers: await listWorkers(profile),
    asks: [],
    claims: [],
  };
}
