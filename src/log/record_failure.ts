import { commitRun } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import { oneLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { pruneRuns } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Decided, DecideError } from "../schema/decision.ts";
import type { Parked, State } from "../schema/state.ts";
import { parkedUntil } from "../schema/text.ts";
import { park } from "./next_state.ts";

/**
 * Records a failed decision: the next prompt includes the reason, and failures that only the user or time can fix park the
 * loop. It is committed, so that a fresh clone has it too.
 *
 * @param world hash of the world that was decided on
 * @param fired fired rules to remember
 */
export async function recordFailure(
  profile: Profile,
  runId: string,
  world: string,
  { error, tainted, fired }: Decided & { kind: "failed" },
): Promise<State> {
  const before = await readState(profile);
  const at = profile.clock.now().toISOString();
  const count = before.failure?.world === world ? before.failure.count + 1 : 1;
  const why = `${error.kind}: ${oneLine(error.message)}`;
  const parked = parkingOf(error, world, profile);
  const state = park(
    { ...before, fired, tainted, failure: { world, count, why, at }, parked, decided_at: at },
    profile.configDigest,
  );
  await writeState(profile, state);
  await commitRun(profile, ["state.json", "cost.jsonl"], `no decision, ${why}`, runId);
  await appendEvent(profile, { event: "failure", run: runId, kind: error.kind, why, count });
  await pruneRuns(profile);
  return state;
}

/** Only the user can fix credentials; a rate limit ends with time. */
function parkingOf(
  error: DecideError,
  world: string,
  { configDigest: config, clock }: Profile,
): Parked | null {
  const why = oneLine(error.message);
  if (error.kind === "auth") return { kind: "auth", why, world, config };
  const until = error.kind === "rate_limit" ? parkedUntil(error.retry_at, clock.now()) : null;
  return until === null ? null : { kind: "rate_limit", why, world, config, until };
}
