import { messageOf } from "./model/user_error.ts";
import type { Profile } from "./profile/profile.ts";
import { anyAlive } from "./workers/any_alive.ts";

/** Stops the workers that cost too much while nothing else is looked at: a pause holds the loop, not them. */
export async function watchSpending(profile: Profile): Promise<void> {
  const limited = profile.config.budget.usd_per_worker !== undefined;
  if (!limited || !anyAlive(profile.paths)) return;
  try {
    const { stopTooDear } = await import("./workers/stop_too_dear.ts");
    await stopTooDear(profile);
  } catch (error) {
    profile.warn(`the workers cannot be seen: ${messageOf(error)}`);
  }
}
