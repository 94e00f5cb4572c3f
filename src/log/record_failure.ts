import { commitRun } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import { oneLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { pruneRuns } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { DecideError } from "../schema/decision.ts";
import type { Parked, State } from "../schema/state.ts";
import { parkedUntil } from "../schema/text.ts";
import { park } from "./next_state.ts";

/** A decision that gave no move. */
export interface FailedDecision {
  run_id: string;
  /** Hash of the world it was to be made on. */
  world: string;
  error: DecideError;
  /** Outside text was shown. */
  tainted: boolean;
  /** Fired rules to remember. */
  fired: Record<string, string>;
}

/**
 * Writes down a failed decision: the next prompt says why, and failures that only a human or time can mend
 * park the loop. It is committed, so that a fresh clone knows of it.
 */
export async function recordFailure(
  profile: Profile,
  { run_id, world, error, tainted, fired }: FailedDecision,
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
  const paths = ["state.json", "cost.jsonl"];
  await commitRun(profile, { run_id, message: `no decision, ${why}`, paths });
  await appendEvent(profile, { event: "failure", run: run_id, kind: error.kind, why, count });
  await pruneRuns(profile);
  return state;
}

/** Credentials are mended by a human alone, a rate limit by time alone. */
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
