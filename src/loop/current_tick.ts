import { readLedger } from "../budget/ledger.ts";
import { lockHolder } from "../os/lock.ts";
import { stat } from "../os/stat.ts";
import { readIntent } from "../profile/runs.ts";
import type { Profile } from "../profile/profile.ts";
import type { LedgerLine } from "../schema/ledger.ts";
import type { Move } from "../schema/move.ts";
import type { CurrentTick } from "../schema/status.ts";
import type { LastTick } from "../schema/state.ts";
import { cut } from "../schema/text.ts";

/** Max. characters of what a move does. */
const MAX_WHAT = 120;

/**
 * Returns what the tick that is running waits for: a runner, a move, or else its sensors. It follows from the begun calls
 * in the ledger, the intent, and the time of the next tick; nothing is written for it.
 *
 * @param last the last tick that has ended
 * @returns `null` if no tick is running, as far as known
 */
export async function currentTick(
  profile: Profile,
  last: LastTick | null,
): Promise<CurrentTick | null> {
  const { paths, clock, mask } = profile;
  if (await lockHolder(paths.pulseLock) === null) return null;
  // A tick or a pulse writes its process id into the lock as it starts.
  const started = stat(paths.pulseLock)?.mtime?.toISOString() ?? clock.now().toISOString();
  const intent = stat(paths.intent);
  if (intent?.mtime && await lockHolder(paths.moveLock) !== null) {
    const { move, run_id } = await readIntent(profile).catch(() => null) ?? {};
    const what = move ? cut(mask(describe(move)), MAX_WHAT) : "a move";
    return { doing: "acting", what, since: intent.mtime.toISOString(), run_id };
  }
  const [ended] = [last?.at ?? "", last?.error?.at ?? "", started].sort().reverse();
  const call = await runningCall(profile, new Date(ended));
  if (call) {
    return { doing: "deciding", what: call.runner, since: call.since, run_id: call.run_id };
  }
  // When the next one begins is not known.
  if (last?.error) return null;
  const due = last === null || last.at < started ? started : last.next_at;
  const isLate = due !== undefined && due < clock.now().toISOString();
  return isLate ? { doing: "observing", what: "sensors", since: due } : null;
}

/** The decision whose last call has begun and not ended. */
async function runningCall(
  profile: Profile,
  since: Date,
): Promise<{ runner: string; since: string; run_id: string } | null> {
  const lines: LedgerLine[] = [];
  for await (const some of readLedger(profile, { since })) lines.push(...some);
  const begun = lines.filter(({ begun, kind }) => begun && kind === "tick").at(-1);
  if (!begun) return null;
  // A second attempt belongs to the same decision.
  const starts = lines.filter(({ id }) => id === begun.id).map(({ ts, duration_ms }) =>
    new Date(Date.parse(ts) - (duration_ms ?? 0)).toISOString()
  );
  return { runner: begun.runner, since: starts.sort()[0], run_id: begun.id };
}

function describe(move: Move): string {
  switch (move.action) {
    case "run":
      return `run ${move.command}`;
    case "start_worker":
    case "stop_worker":
    case "write_goal":
    case "archive_goal":
      return `${move.action} ${move.id}`;
    default:
      return move.action;
  }
}
