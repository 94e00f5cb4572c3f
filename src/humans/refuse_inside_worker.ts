import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { insideWorker } from "./inside_worker.ts";

/**
 * Refuses what only the person may do.
 *
 * @param what such as `answer 1a2b3c`
 * @throws {UserError} where looop was called from inside a worker of this profile.
 */
export async function refuseInsideWorker(profile: Profile, what: string): Promise<void> {
  const worker = await insideWorker(profile);
  if (worker === null) return;
  throw new UserError(
    `cannot ${what} from inside worker ${worker}: that is for the person to do, in a terminal of their own`,
  );
}
