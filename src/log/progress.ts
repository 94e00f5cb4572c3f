import { appendMetrics, type Progress } from "../goals/progress.ts";
import { lock } from "../os/lock.ts";
import { commitRun } from "../profile/commits.ts";
import { appendEvent } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Ask } from "../schema/ask.ts";
import { canonicalJson } from "../schema/json.ts";
import type { State } from "../schema/state.ts";

/**
 * Records the progress of the goals, if it has changed: metrics in `metrics.jsonl`, the rest in the state, in one commit, so
 * that a fresh clone continues from there. After a crash in between, a metric is recorded twice, which its reader knows.
 *
 * @returns the new state
 */
export async function recordProgress(
  profile: Profile,
  state: State,
  { records, metrics }: Progress,
): Promise<State> {
  if (canonicalJson(state.goals) === canonicalJson(records)) return state;
  using _ = await lock(profile.paths.moveLock);
  await appendMetrics(profile, metrics);
  const next = { ...await readState(profile), goals: records };
  await writeState(profile, next);
  const ids = Object.keys(records)
    .filter((id) => canonicalJson(records[id]) !== canonicalJson(state.goals[id] ?? null));
  const what = ids.map((id) => {
    const metric = metrics.find(({ goal }) => goal === id);
    return metric ? `${id} ${metric.value}` : id;
  });
  const subject = `Progress of goals: ${what.join(", ") || "none"}`;
  await commitRun(profile, ["state.json", "metrics.jsonl"], subject.slice(0, 200), null);
  for (const { goal, value } of metrics) {
    await appendEvent(profile, { event: "metric", goal, value });
  }
  return next;
}

/** Adds the ask to those that have lifted the budget of its goal, if it is about one. The caller holds the move lock. */
export async function noteLift(profile: Profile, { id, hold }: Ask): Promise<void> {
  const state = await readState(profile);
  if (hold?.goal === undefined || hold.usd === undefined) return;
  // Nothing may have been decided since the goal was added.
  const now = profile.clock.now().toISOString();
  const record = state.goals[hold.goal] ?? { since: now, turn: null };
  const earlier = record.lifted?.usd === hold.usd ? record.lifted.asks : [];
  const lifted = { usd: hold.usd, asks: [...new Set([...earlier, id])] };
  await writeState(profile, {
    ...state,
    goals: { ...state.goals, [hold.goal]: { ...record, lifted } },
  });
}
