import type { Outcome } from "../schema/decision.ts";
import type { Intent } from "../schema/intent.ts";
import type { Baseline, Failure, LastRun, State } from "../schema/state.ts";

/** The entries of the world that a move itself wrote: key → new entry, or `null` for one that it removed. */
export type Written = Record<string, Baseline[string] | null>;

/**
 * The state after a move.
 *
 * The new baseline is the decided world with only the entries that the move itself wrote replaced, so other changes during
 * the decision wake the next tick. A failed move leaves the baseline, and counts as a failed decision, once, even if a
 * crash has it recorded again; the third on one world sets the change aside.
 */
export function nextState(state: State, intent: Intent, outcome: Outcome, written: Written): State {
  const { baseline, fired } = intent;
  const last_run = lastRun(intent, outcome);
  // After a move that was not decided on the world, the rest is still to be decided, and may be tainted.
  const tainted = intent.tainted || last_run !== null || (baseline === null && state.tainted);
  const next = {
    ...state,
    fired: fired ?? state.fired,
    last_run,
    tainted,
    decided_at: intent.at,
    noop_at: noopAt(state, intent, outcome),
  };
  if (outcome.status === "failed" || outcome.status === "denied") {
    // A rule has fired: it keeps neither other rules nor the runner from the rest of the world.
    if (intent.by === "rule") return { ...next, again: true };
    const failure = failureOf(state, intent, outcome);
    return failure.count < MAX_FAILURES
      ? { ...next, again: true, failure }
      : setChangeAside(next, baseline);
  }
  const again = decidesAgain(state, intent, outcome);
  return {
    ...next,
    baseline: replaceWritten(baseline ?? state.baseline, written),
    again,
    tainted: tainted && (again || last_run !== null),
    failure: null,
    parked: null,
  };
}

/** A forced decision does not count: it is not about the world. */
function noopAt(
  state: State,
  { move, by, baseline, at }: Intent,
  { status }: Outcome,
): string | null {
  if (baseline === null && by !== "approval") return state.noop_at;
  const asked = by === "runner" || by === "code";
  const nothing = move.action === "noop" && move.more !== false && status === "made";
  return asked && nothing ? at : null;
}

function decidesAgain(state: State, { move, by, baseline }: Intent, { status }: Outcome): boolean {
  if (status === "interrupted") return true;
  const forced = baseline === null && by !== "approval";
  if (forced) return state.again || (move.action === "run" && move.more !== false);
  return move.action !== "noop" && move.more !== false;
}

function replaceWritten(baseline: Baseline | null, written: Written): Baseline | null {
  if (baseline === null) return null;
  const next = { ...baseline };
  for (const [key, entry] of Object.entries(written)) {
    if (entry === null) delete next[key];
    else next[key] = entry;
  }
  return next;
}

function lastRun({ run_id, move, verdict }: Intent, outcome: Outcome): LastRun | null {
  if (move.action !== "run" || verdict.then !== "allow" || outcome.status === "failed") return null;
  const { exit_code = null, output_tail = "", status } = outcome;
  return {
    run_id,
    command: move.command,
    exit_code: status === "interrupted" ? null : exit_code,
    output_tail,
  };
}

/**
 * Sets a change aside on which every move was denied or failed: it counts as decided, so that it keeps no other change
 * from being decided. `set_aside` keeps the reasons.
 *
 * @param decided the world with the change; `null` where the moves were not decided on it
 */
export function setChangeAside(state: State, decided: Baseline | null): State {
  return {
    ...state,
    ...{ baseline: decided ?? state.baseline, again: decided === null },
    ...{ failure: null, parked: null },
  };
}

function failureOf({ failure }: State, { world, move, at }: Intent, outcome: Outcome): Failure {
  const before = failure?.world === world ? failure.count : 0;
  return {
    world,
    count: before > 0 && failure?.at === at ? before : before + 1,
    why: `${move.action} ${outcome.status}: ${outcome.summary}`,
    at,
  };
}

/** Failed decisions on one world after which the loop parks, or sets the change aside. */
export const MAX_FAILURES = 3;

/** Parks a state whose decisions keep failing on one world, until the world or the config changes, or the user resumes. */
export function park(state: State, configDigest: string): State {
  const { failure, parked } = state;
  if (parked || !failure || failure.count < MAX_FAILURES) return state;
  const why = `${failure.count} decisions on the same world failed, the last one: ${failure.why}`;
  return {
    ...state,
    parked: { kind: "failures", why, world: failure.world, config: configDigest },
  };
}
