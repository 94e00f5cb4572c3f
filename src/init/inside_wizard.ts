import { insideWorker, workerAbove } from "../humans/inside_worker.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { WIZARD } from "../workers/agents/wizard.ts";

/**
 * Tells the worker whose whole program is this very wizard: there nothing but the person types. `null`: the person has
 * called it themselves.
 *
 * What the environment says anybody could have said: so it is the process above that counts.
 *
 * @throws {UserError} inside any other worker.
 */
export async function insideWizard(profile: Profile): Promise<string | null> {
  const worker = await insideWorker(profile);
  if (worker === null) return null;
  const above = await workerAbove(profile);
  if (above?.id === worker && above.runner === WIZARD) return worker;
  throw new UserError(
    `cannot set looop up from inside worker ${worker}: that is for the person to do, in a terminal of their own`,
  );
}
