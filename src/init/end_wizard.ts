import { WIZARD } from "../model/config.ts";
import { messageOf } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { anyAlive } from "../workers/any_alive.ts";
import { killWorker } from "../workers/kill_worker.ts";
import { listWorkers } from "../workers/list_workers.ts";

/** Ends workers that wait to ask what the person has just answered elsewhere. */
export async function endWizard(profile: Profile): Promise<void> {
  try {
    if (!anyAlive(profile.paths)) return;
    for (const { id, runner, alive } of await listWorkers(profile)) {
      if (!alive || runner !== WIZARD) continue;
      await killWorker(profile, id, { itself: true, why: "looop init was run elsewhere" });
    }
  } catch (error) {
    profile.warn(
      `what the setup worker asks is answered, but it cannot be ended: ${messageOf(error)}`,
    );
  }
}
