import { refuseInsideWorker } from "../humans/refuse_inside_worker.ts";
import { UsageError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { workerNamed } from "./worker_named.ts";

/**
 * Whose claim it is: that of the worker that calls, or of the session that a person names.
 *
 * @param what such as `claim issue-123`
 * @throws {UsageError} where nobody is named.
 * @throws {UserError} where a worker names another.
 */
export async function claimHolder(
  profile: Profile,
  what: string,
  named: string | undefined,
): Promise<string> {
  const own = profile.env("LOOOP_SESSION_ID");
  const session = named === undefined ? own : workerNamed(profile, named);
  if (session === undefined) {
    throw new UsageError(`cannot ${what}: outside a worker, --session ID says whose claim it is`);
  }
  if (session !== own) await refuseInsideWorker(profile, `${what} for ${session}`);
  return session;
}
