import { findBudgetAsk } from "../budget/limits.ts";
import { lock } from "../os/lock.ts";
import { commitRun } from "../profile/commits.ts";
import { appendEvent } from "../profile/events.ts";
import { oneLine } from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { pruneRuns } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Decided } from "../schema/decision.ts";
import { canonicalJson } from "../schema/json.ts";
import type { Parked, State } from "../schema/state.ts";
import type { TickResult } from "../schema/status.ts";
import type { Comparison } from "../schema/world.ts";
import { park, parkedUntil } from "./next_state.ts";
import { closeLocked, recordOverBudget } from "./over_budget.ts";

interface Undecided {
  decided: Exclude<Decided, { kind: "decided" }>;
  runId: string;
  comparison: Comparison;
  state: State;
  /** Of the runner's calls, in US dollars; `null` if unknown. */
  cost_usd: number | null;
  dryRun?: boolean;
}

/** Ends a tick whose decision returned no move, and records what the next tick needs. */
export async function recordNoMove(
  profile: Profile,
  { decided, runId, comparison: { hash, changes }, state, cost_usd, dryRun = false }: Undecided,
): Promise<TickResult> {
  const { fired } = decided;
  if (decided.kind === "undecided" || decided.kind === "held") {
    if (!dryRun && canonicalJson(fired) !== canonicalJson(state.fired)) {
      using _ = await lock(profile.paths.moveLock);
      await writeState(profile, { ...await readState(profile), fired });
    }
    if (decided.kind === "held") {
      const { over } = decided;
      using _ = dryRun ? null : await lock(profile.paths.moveLock);
      const ask = dryRun
        ? (await findBudgetAsk(profile, over.budget)).ask
        : await recordOverBudget(profile, over, runId);
      return { outcome: "held", hash, why: over.why, ask_id: ask && !ask.answer ? ask.id : null };
    }
    // No rule reads these answers, and without an LLM no decision ever will: each later tick would find them new.
    const unread = dryRun || profile.config.runner !== "none" ? [] : changes;
    for (const { key } of unread) {
      if (key.startsWith("answer:")) await closeLocked(profile, key.slice("answer:".length), runId);
    }
    return { outcome: "undecided", hash, why: decided.why, changes: changes.map(({ key }) => key) };
  }
  if (decided.error.kind === "stopped") return { outcome: "stopped" };
  using _ = await lock(profile.paths.moveLock);
  const error = { ...decided.error, message: profile.mask(decided.error.message) };
  const parked = await recordFailure(profile, runId, hash, { ...decided, error });
  return { outcome: "failed", hash, run_id: runId, error, cost_usd, parked: parked?.why ?? null };
}

/**
 * Records a failed decision. Invalid answers park the loop at the third on one world, and the next prompt includes the
 * reason; refused credentials and limits park it until the next attempt; all else passes by itself, and the pulse backs
 * off. It is committed, so that a fresh clone has it too.
 *
 * @param world hash of the world that was decided on
 * @returns why the loop is parked now; `null` if it is not.
 */
export async function recordFailure(
  profile: Profile,
  runId: string,
  world: string,
  { error, tainted, fired }: Decided & { kind: "failed" },
): Promise<Parked | null> {
  const before = await readState(profile);
  const at = profile.clock.now().toISOString();
  const message = oneLine(error.message);
  const why = `${error.kind}: ${message}`;
  const isInvalid = error.kind === "refused" || error.kind === "budget";
  const earlier = before.failure?.world === world ? before.failure.count : 0;
  const since = before.failure?.since ?? before.failure?.at ?? at;
  const failure = { world, count: earlier + (isInvalid ? 1 : 0), why, at, since };
  const { configDigest: config, clock } = profile;
  const until = parkedUntil(error, { now: clock.now(), since });
  const parked: Parked | null = until && { ...until, why: message, world, config };
  const failed = { ...before, fired, tainted, failure, parked, decided_at: at };
  const state = isInvalid ? park(failed, config) : failed;
  await writeState(profile, state);
  await commitRun(profile, ["state.json", "cost.jsonl"], `no decision, ${why}`, runId);
  const { count } = failure;
  await appendEvent(profile, { event: "failure", run: runId, kind: error.kind, why, count });
  await pruneRuns(profile);
  return state.parked;
}
