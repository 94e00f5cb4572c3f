import { findBudgetAsk } from "../budget/limits.ts";
import { askToSetUp } from "../inbox/setup_asks.ts";
import { ANY_RUNNER } from "../schema/ask.ts";
import { lock } from "../os/lock.ts";
import { commitRun } from "../profile/commits.ts";
import {
  appendEvent,
  appendJournal,
  journalLine,
  lastedText,
  oneLine,
} from "../profile/journal.ts";
import type { Profile } from "../profile/profile.ts";
import { pruneRuns } from "../profile/runs.ts";
import { readState, writeState } from "../profile/state.ts";
import type { Decided } from "../schema/decision.ts";
import type { Failure } from "../schema/failing.ts";
import { canonicalJson } from "../schema/json.ts";
import { type DueSlot, isForDecider } from "../schema/schedule.ts";
import { type Baseline, baselineOf, type Parked, type State } from "../schema/state.ts";
import type { TickResult } from "../schema/tick_result.ts";
import {
  type Comparison,
  dueSlots,
  type Goal,
  untrustedKeysOf,
  wakesOf,
  type World,
} from "../schema/world.ts";
import { explainFailure, findAbsent } from "../workers/setup_session.ts";
import { skippedLines } from "./log.ts";
import { MAX_FAILURES, park, parkedUntil, setChangeAside, withSlots } from "./next_state.ts";
import { closeLocked, recordOverBudget } from "./over_budget.ts";

interface Undecided {
  decided: Exclude<Decided, { kind: "decided" }>;
  runId: string;
  world: World;
  comparison: Comparison;
  state: State;
  /** Of the runner's calls, in US dollars; `null` if unknown. */
  cost_usd: number | null;
  dryRun?: boolean;
  /** The goal that the user asked to decide for: the rest of the world is still undecided. */
  forced?: Goal;
}

/** Ends a tick whose decision returned no move, and records what the next tick needs. */
export async function recordNoMove(
  profile: Profile,
  { decided, runId, world, comparison, state, cost_usd, dryRun = false, forced }: Undecided,
): Promise<TickResult> {
  const { fired } = decided;
  const { hash, changes } = comparison;
  if (decided.kind === "undecided" || decided.kind === "held") {
    if (!dryRun && canonicalJson(fired) !== canonicalJson(state.fired)) {
      using _ = await lock(profile.paths.moveLock);
      await writeState(profile, { ...await readState(profile), fired });
    }
    if (decided.kind === "held") {
      const { over } = decided;
      using _ = dryRun ? null : await lock(profile.paths.moveLock);
      const ask = dryRun
        ? (await findBudgetAsk(profile, over.budget, over.goal)).ask
        : await recordOverBudget(profile, over, runId);
      return {
        outcome: "held",
        hash,
        why: over.why,
        ask_id: ask && !ask.answer && !ask.closed_by ? ask.id : null,
      };
    }
    // No rule reads these answers, and without an LLM no decision ever will: each later tick would find them new.
    const unread = dryRun || profile.config.runner !== "none" ? [] : changes;
    for (const { key } of unread) {
      if (key.startsWith("answer:")) await closeLocked(profile, key.slice("answer:".length), runId);
    }
    if (!dryRun && profile.config.runner !== ANY_RUNNER) {
      const absent = await findAbsent(profile);
      if (absent) await askToSetUp(profile, absent);
    }
    return { outcome: "undecided", hash, why: decided.why, changes: changes.map(({ key }) => key) };
  }
  if (decided.error.kind === "stopped") return { outcome: "stopped" };
  const runner = decided.calls.at(-1)?.runner;
  const reason = runner === undefined
    ? decided.error
    : await explainFailure(profile, runner, decided.error);
  using _ = await lock(profile.paths.moveLock);
  const error = { ...reason, message: profile.mask(reason.message) };
  const seen = forced ? null : await baselineOf(wakesOf(world), untrustedKeysOf(world));
  const slots = forced ? [] : dueSlots(world).filter(isForDecider);
  const parked = await recordFailure(profile, runId, hash, { ...decided, error }, seen, slots);
  const { why, until } = parked ?? {};
  return {
    ...{ outcome: "failed", hash, run_id: runId, error, cost_usd },
    parked: why !== undefined && until !== undefined ? { why, until } : null,
  };
}

/**
 * Records a failed decision. Invalid answers park the loop at the third on one world, and the next prompt includes the
 * reason; refused credentials and limits park it until the next attempt; all else passes by itself, and the pulse backs
 * off. It is committed, so that a fresh clone has it too.
 *
 * A runner that insists on moves that are set aside does not park it: the change is set aside.
 *
 * @param world hash of the world that was decided on
 * @param seen that world; `null` if only one goal was decided for
 * @param slots the due slots that it left to the decider: they are skipped with the change that is set aside
 * @returns how the loop is parked now; `null` if it is not.
 */
export async function recordFailure(
  profile: Profile,
  runId: string,
  world: string,
  { error, tainted, fired }: Decided & { kind: "failed" },
  seen: Baseline | null = null,
  slots: DueSlot[] = [],
): Promise<Parked | null> {
  const before = await readState(profile);
  const at = profile.clock.now().toISOString();
  const why = oneLine(error.message);
  const isInvalid = error.kind === "refused" || error.kind === "budget";
  const earlier = before.failure?.world === world ? before.failure : null;
  const since = before.failure?.since ?? before.failure?.at ?? at;
  const count = (earlier?.count ?? 0) + (isInvalid ? 1 : 0);
  const failure: Failure = {
    ...{ world, count, why, at, since },
    ...(earlier?.moves ? { moves: true } : {}),
  };
  const { configDigest: config, clock } = profile;
  const until = parkedUntil(error, { now: clock.now(), since });
  const parked: Parked | null = until && { ...until, why, world, config };
  const failed = { ...before, fired, tainted, failure, parked, decided_at: at };
  const setsAside = isInvalid && failure.moves && failure.count >= MAX_FAILURES;
  const state = !isInvalid
    ? failed
    : setsAside
    ? withSlots(setChangeAside(failed, seen), slots)
    : park(failed, config);
  const lines = !setsAside ? [] : [
    ...skippedLines(slots, clock.now(), tainted),
    ...slots.map(({ name, local }) =>
      journalLine(clock.now(), `schedule ${name}: skipped ${local}: no move for it was valid`)
    ),
  ];
  for (const line of lines) await appendJournal(profile, line);
  await writeState(profile, state);
  await commitRun(
    profile,
    ["journal.md", "state.json", "cost.jsonl"],
    `no decision, ${why}`,
    runId,
  );
  await appendEvent(profile, { event: "failure", run: runId, kind: error.kind, why, count });
  await pruneRuns(profile);
  return state.parked;
}

/**
 * Forgets the failed decisions of a change that is undone: nothing is left to decide, so nothing is tried again, and nothing
 * fails. The journal says when it did. Safe to repeat.
 */
export async function forgetFailure(profile: Profile): Promise<void> {
  using _ = await lock(profile.paths.moveLock);
  const state = await readState(profile);
  if (state.failure === null && state.parked === null) return;
  const now = profile.clock.now();
  const { why, since = undefined } = state.failure ?? { why: state.parked?.why ?? "" };
  const text = lastedText("nothing is left to decide: it failed", { why, since }, now);
  const line = journalLine(now, text);
  await appendJournal(profile, line);
  await writeState(profile, { ...state, failure: null, parked: null });
  await commitRun(profile, ["journal.md", "state.json"], line.slice(2), null);
}
