import type { DecideError, Intent, Outcome } from "../schema/decision.ts";
import type { Failure, Fired, Retry } from "../schema/failing.ts";
import type { GoalRecords } from "../schema/progress.ts";
import { firedKey, type HandledSlot } from "../schema/schedule.ts";
import type { Baseline, LastRun, State } from "../schema/state.ts";
import { LONGEST_PARK_MS } from "../schema/text.ts";

/** The entries of the world that a move itself wrote: key → new entry, or `null` for one that it removed. */
export type Written = Record<string, Baseline[string] | null>;

/** The state after a move, with the slots of schedules that it handles. */
export function nextState(state: State, intent: Intent, outcome: Outcome, written: Written): State {
  const next = afterMove(state, intent, outcome, written);
  const { status } = outcome;
  const isRefused = status === "denied" || status === "failed";
  // A rule or a decider that is refused leaves the slot to the next decision, until the change is set aside.
  const handles = !isRefused || (intent.by === "schedule" && status === "denied") ||
    (intent.by !== "schedule" && intent.by !== "rule" && next.failure === null);
  return handles ? withSlots(next, intent.slots) : next;
}

/** Records the slots as handled, and forgets the failures of their own moves. */
export function withSlots(state: State, slots: HandledSlot[]): State {
  const schedules = { ...state.schedules };
  const fired = { ...state.fired };
  for (const { name, slot, next } of slots) {
    delete fired[firedKey(name)];
    if (Object.hasOwn(schedules, name)) {
      schedules[name] = { ...schedules[name], handled: slot, next };
    }
  }
  return { ...state, schedules, fired };
}

/**
 * The state after a move.
 *
 * The new baseline is the decided world with only the entries that the move itself wrote replaced, so other changes during
 * the decision wake the next tick. A failed move leaves the baseline, and counts as a failed decision, once, even if a
 * crash has it recorded again; the third on one world sets the change aside. A rule's or schedule's does not count: it is
 * tried again. The end of a goal leaves all else as it was.
 *
 * A schedule's move was not decided on the world: what else changed is still to be decided. A move that no decider made,
 * such as a rule's, says nothing about the decider: what fails or is parked stays so.
 */
function afterMove(state: State, intent: Intent, outcome: Outcome, written: Written): State {
  const { baseline } = intent;
  // The output of a scheduled command is read only if its move says so.
  const isUnread = intent.by === "schedule" && intent.move.more !== true;
  const last_run = isUnread ? state.last_run : lastRun(intent, outcome);
  // After a move that was not decided on the world, the rest is still to be decided, and may be tainted.
  const tainted = intent.tainted || last_run !== null || (baseline === null && state.tainted);
  const next = {
    ...state,
    fired: firedAfter(state, intent, outcome),
    last_run,
    tainted,
    decided_at: intent.by === "schedule" ? state.decided_at : intent.at,
    noop_at: noopAt(state, intent, outcome),
    goals: goalsAfter(state, intent, outcome, written),
    opaque_sensors: opaqueAfter(state, intent, outcome),
  };
  if (outcome.status === "failed" || outcome.status === "denied") {
    const parked = isOfDecider(intent) && baseline !== null ? null : state.parked;
    // A rule is tried again by itself: a runner is asked about the same world once at most.
    const again = !isRetried(state, intent) || state.again;
    if (isOwn(intent)) return { ...next, again, parked };
    const failure = failureOf(state, intent, outcome);
    return failure.count < MAX_FAILURES
      ? { ...next, again: true, failure, parked }
      : setChangeAside(next, baseline);
  }
  if (intent.ends) {
    const { fired, goals } = next;
    return { ...state, fired, goals, baseline: replaceWritten(baseline, written) };
  }
  const again = decidesAgain(state, intent, outcome);
  // What the decider could not decide yet stays to be decided.
  const isPending = !isOfDecider(intent) && (state.failure !== null || state.parked !== null);
  const decided = isPending ? null : baseline;
  return {
    ...next,
    baseline: replaceWritten(decided ?? state.baseline, written),
    again,
    tainted: tainted && (again || last_run !== null || intent.by === "schedule"),
    ...(isOfDecider(intent) ? { failure: null, parked: null } : {}),
  };
}

/** Whether a decider made it, now. */
function isOfDecider({ by }: Intent): boolean {
  return by === "runner" || by === "code";
}

/** Whether no decider made it: it is tried again by itself. */
function isOwn({ by }: Intent): boolean {
  return by === "rule" || by === "schedule";
}

/** Notes the goals of the decided world, and the move that one of them had. */
function goalsAfter(
  state: State,
  { move, baseline, at, ends }: Intent,
  { status }: Outcome,
  written: Written,
): GoalRecords {
  const goals = { ...state.goals };
  if (baseline !== null && !ends) {
    const ids = Object.keys(baseline).flatMap((key) => /^goal:(.*)/.exec(key)?.[1] ?? []);
    for (const id of Object.keys(goals)) if (!ids.includes(id)) delete goals[id];
    for (const id of ids) goals[id] ??= { since: at, turn: null };
  }
  const { goal = "" } = move;
  const moved = status !== "failed" && status !== "denied";
  if (moved && Object.hasOwn(goals, goal)) {
    const more = move.action === "noop" ? {} : { moved: at };
    goals[goal] = { ...goals[goal], turn: at, ...more };
  }
  for (const [key, entry] of Object.entries(written)) {
    if (entry === null && key.startsWith("goal:")) delete goals[key.slice("goal:".length)];
  }
  return goals;
}

/** A name stays as it was chosen when the first script was written. */
function opaqueAfter(
  { opaque_sensors }: State,
  { action: { write }, digests, tainted }: Intent,
  { status }: Outcome,
): string[] {
  const [, name] = /^sensors\/([^.]+)/.exec(write?.path ?? "") ?? [];
  if (!write || name === undefined || status !== "made") return opaque_sensors;
  const isNew = (digests[write.path] ?? null) === null;
  const isOpaque = write.content !== null && (isNew ? tainted : opaque_sensors.includes(name));
  const others = opaque_sensors.filter((one) => one !== name);
  return isOpaque ? [...others, name].sort() : others;
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
  if (by === "schedule") return state.again || move.more === true;
  const forced = baseline === null && by !== "approval";
  if (forced) return state.again || (move.action === "run" && move.more !== false);
  if (move.action === "noop") return false;
  // What was open before an approved move still is.
  if (by === "approval" && state.again && move.more !== false) return true;
  // Of a change that one rule reads, other rules and the runner may have seen nothing yet; and the output of a command
  // wants reading.
  return move.more ?? (by === "rule" || (move.action === "run" && status === "made"));
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

/** The retry of a rule whose move has failed before, on the same values; `null`: it has not. */
function retryBefore({ fired }: State, { by, source, ...intent }: Intent): Retry | null {
  const known = by === "rule" || by === "schedule" ? fired[source] : undefined;
  return typeof known === "object" && known.digest === intent.fired?.[source] ? known : null;
}

/** Whether its move has failed before, also if a crash has this failure recorded again. */
function isRetried(state: State, intent: Intent): boolean {
  const before = retryBefore(state, intent);
  return before !== null && (before.at !== intent.at || before.failures > 1);
}

/** A rule whose move failed is armed again. Repeated after a crash, it counts once. */
function firedAfter(state: State, intent: Intent, outcome: Outcome): Fired {
  const fired = intent.fired ?? state.fired;
  const { source, move, at, world } = intent;
  const digest = fired[source];
  if (!isOwn(intent) || outcome.status !== "failed" || typeof digest !== "string") return fired;
  const known = state.fired[source];
  if (typeof known === "object" && known.at === at) return { ...fired, [source]: known };
  const { failures, since } = retryBefore(state, intent) ?? { failures: 0, since: at };
  const why = `${move.action} failed: ${outcome.summary}`;
  return { ...fired, [source]: { digest, failures: failures + 1, at, world, since, why } };
}

/**
 * Sets a change aside on which moves were denied or failed: it counts as decided, so that it keeps no other change from
 * being decided. `set_aside` keeps the reasons.
 *
 * @param decided the world with the change; `null` where the moves were not decided on it
 */
export function setChangeAside(state: State, decided: Baseline | null): State {
  return {
    ...state,
    ...{ baseline: decided ?? state.baseline, again: decided === null, failure: null },
    parked: decided === null ? state.parked : null,
  };
}

function failureOf({ failure }: State, { world, move, at }: Intent, outcome: Outcome): Failure {
  const before = failure?.world === world ? failure.count : 0;
  const counted = before > 0 && failure?.at === at;
  return {
    world,
    count: counted ? before : before + 1,
    moves: true,
    why: `${move.action} ${outcome.status}: ${outcome.summary}`,
    at,
    since: failure?.since ?? failure?.at ?? at,
  };
}

/** Failed decisions on one world after which the loop parks, or sets the change aside. */
export const MAX_FAILURES = 3;
const INVALID_PARK_MS = 6 * 3_600_000;
/** Milliseconds between two attempts with refused credentials. */
const AUTH_PROBE_MS = 30 * 60_000;
/** Milliseconds until an attempt after a limit that names no end: as long again as it has lasted, within these. */
const [MIN_LIMIT_MS, MAX_LIMIT_MS] = [5 * 60_000, 15 * 60_000];

/**
 * Parks a state whose answers keep being invalid on one world: until the world or the config changes, the user resumes,
 * or 6 hours are over.
 */
export function park(state: State, configDigest: string): State {
  const { failure, parked } = state;
  if (parked || !failure || failure.count < MAX_FAILURES) return state;
  const { count, world, at } = failure;
  const why = `${count} decisions on the same world failed, the last one: ${failure.why}`;
  const until = isoAfter(new Date(at), INVALID_PARK_MS);
  return { ...state, parked: { kind: "failures", why, world, config: configDigest, until } };
}

/**
 * Returns until when refused credentials or a limit of the provider park, at most 24 hours; `null` for other errors.
 *
 * @param since ISO 8601, time of the first failure in a row
 */
export function parkedUntil(
  { kind, retry_at }: DecideError,
  { now, since }: { now: Date; since: string },
): { kind: "auth" | "rate_limit"; until: string } | null {
  if (kind === "auth") return { kind, until: isoAfter(now, AUTH_PROBE_MS) };
  if (kind !== "rate_limit") return null;
  const waitMs = Date.parse(retry_at ?? "") - now.getTime();
  if (waitMs > 0) return { kind, until: isoAfter(now, Math.min(waitMs, LONGEST_PARK_MS)) };
  const lastedMs = Math.abs(now.getTime() - Date.parse(since)) || 0;
  return { kind, until: isoAfter(now, Math.min(MIN_LIMIT_MS + lastedMs, MAX_LIMIT_MS)) };
}

function isoAfter(from: Date, ms: number): string {
  return new Date(from.getTime() + ms).toISOString();
}
