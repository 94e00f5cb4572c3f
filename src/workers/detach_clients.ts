import type { Profile } from "../profile/profile.ts";
import { sessionName } from "./observe_fleet.ts";
import { socketOf, tmux } from "./tmux.ts";

/**
 * Gives the terminals that are attached to a worker's session back to whoever sits there: the session stays on for a
 * while after the worker's end, and would keep them.
 */
export async function detachClients(profile: Profile, id: string): Promise<void> {
  await tmux(profile, await socketOf(profile), ["detach-client", "-s", `=${sessionName(id)}`]);
}
