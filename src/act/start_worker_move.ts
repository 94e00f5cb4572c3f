import type { Intent } from "../model/intent.ts";
import type { Move } from "../model/move.ts";
import type { Outcome } from "../model/outcome.ts";
import type { Profile } from "../profile/profile.ts";
import { dropUnbegun } from "../workers/drop_unbegun.ts";
import { listWorkers } from "../workers/list_workers.ts";
import { startSession } from "../workers/start_session.ts";

/** Starts a worker. One that this very run started already, before a crash, is the one. */
export async function startWorkerMove(
  profile: Profile,
  { id, prompt, runner, verify, goal }: Move & { action: "start_worker" },
  { run_id, access, verify_access }: Intent,
): Promise<Outcome> {
  const [worker] = await listWorkers(profile, { only: id });
  if (worker?.run_id !== run_id || await dropUnbegun(profile, id, run_id)) {
    await startSession(profile, {
      ...{ id, prompt, runner, verify, goal, access },
      verifyAccess: verify_access,
      runId: run_id,
    });
  }
  return { status: "made", summary: `started worker ${id}`, paths: [] };
}
