/**
 * Compares the observed world with the baseline.
 *
 * - `diff.ts` hashes the world and decides whether a decision is due and tainted; it finds sensors that change on every tick
 * - `describe.ts` describes a change for the prompt
 * - `schedules.ts` finds the slots of schedules that are due
 *
 * @module
 */

import * as z from "zod/mini";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { canonicalJson, type Json, sha256Hex } from "../schema/json.ts";
import { isRetryDue } from "../schema/failing.ts";
import { isForDecider, ownSlot } from "../schema/schedule.ts";
import type { Baseline, Parked, State } from "../schema/state.ts";
import { cut, LONGEST_PARK_MS } from "../schema/text.ts";
import {
  type Change,
  type Comparison,
  dueSlots,
  type Goal,
  type GoalFile,
  isNews,
  readsAny,
  wakesOf,
  type World,
} from "../schema/world.ts";

/** The maximum length of a question, and of its answer, in characters. */
const MAX_SHOWN = 400;

/** The comparison of a world, and its consequences for this tick. */
export interface Diff {
  comparison: Comparison;
  due: Due;
  /** Untrusted input may influence this decision. */
  tainted: boolean;
}

/** Compares an observed world with the baseline, and decides whether a decision is due and whether it is tainted. */
export async function diff(
  profile: Profile,
  world: World<GoalFile>,
  state: State,
  options: { only?: Goal; dryRun?: boolean; ends?: Ends | null },
): Promise<Diff> {
  const compared = await compareWorld(world, state.baseline);
  const comparison = await findFlapping(profile, compared, options);
  const own = ownSlot(dueSlots(world), state.fired, new Date(world.at), comparison.hash);
  return {
    comparison,
    due: decisionDue(comparison, state, profile.configDigest, world.at, {
      ...{ ends: options.ends, scheduled: own !== null },
    }),
    tainted: isTainted(comparison, state, options.only),
  };
}

/**
 * Compares a world with the baseline: its changes, and a hash that identifies the world.
 *
 * Answers to the loop's own asks that no decision has seen, and due slots that need a decision, are changes, whatever the
 * baseline.
 */
export async function compareWorld(
  world: World<GoalFile>,
  baseline: Baseline | null,
): Promise<Comparison> {
  const wakes = wakesOf(world);
  const before = baseline ?? {};
  const digests: Record<string, string> = {};
  const changes: Change[] = [];
  for (const key of Object.keys(wakes).sort()) {
    digests[key] = await sha256Hex(canonicalJson(wakes[key]));
    const old = Object.hasOwn(before, key) ? before[key] : null;
    if (old?.sha256 === digests[key]) continue;
    const untrusted = await isUntrusted(world, key);
    // Once the user trusts it, the difference would still show the untrusted old text.
    const lines = old?.untrusted && !untrusted
      ? []
      : await describe(key, old?.was ?? null, wakes[key]);
    changes.push({ key, kind: old ? "changed" : "added", lines, untrusted });
  }
  for (const key of Object.keys(before).sort()) {
    // When a worker is archived, its end was decided on already.
    if (Object.hasOwn(wakes, key) || key.startsWith("worker:") || isNews(key)) continue;
    // Baselines of older versions do not say whether a sensor was untrusted.
    const untrusted = key.startsWith("sensor:") || before[key].untrusted === true;
    const lines = await describe(key, before[key].was, null);
    changes.push({ key, kind: "removed", lines, untrusted });
  }
  for (const { id, question, answer, worker, tainted = false } of world.asks) {
    // A worker reads the answers to its own questions.
    if (!answer || worker !== undefined) continue;
    const key = `answer:${id}`;
    digests[key] = await sha256Hex(answer.text);
    // The section of asks shows both in full.
    const line = `${cut(question, MAX_SHOWN)} → ${cut(answer.text, MAX_SHOWN)}`;
    changes.push({ key, kind: "added", lines: [line], untrusted: tainted });
  }
  for (const slot of dueSlots(world)) {
    const key = `schedule:${slot.name}`;
    digests[key] = await sha256Hex(slot.slot);
    // The others wake no decider.
    if (!isForDecider(slot)) continue;
    const lines = [`due: ${slot.local}`, ...(slot.note === "" ? [] : [slot.note])];
    changes.push({ key, kind: "added", lines, untrusted: slot.untrusted });
  }
  // Keys are framed by their lengths, so that two different worlds never have the same text.
  const framed = Object.keys(digests).sort().map((key) => `${key.length}:${key}:${digests[key]}`);
  return { hash: await sha256Hex(framed.join("\n")), digests, changes };
}

/** Imported only after a change: an idle tick describes nothing. */
async function describe(key: string, was: string | null, now: Json): Promise<string[]> {
  const { describeChange } = await import("./describe.ts");
  return await describeChange(key, was, now);
}

/** Of a worker, the output of a failed `verify` is shown. */
async function isUntrusted(world: World<GoalFile>, key: string): Promise<boolean> {
  const reading = world.readings.find(({ name }) => key === `sensor:${name}`);
  const worker = world.workers.find(({ id }) => key === `worker:${id}`);
  const goal = world.goals.find(({ id }) => key === `goal:${id}`);
  if (!goal) return reading?.trusted === false || worker?.verification?.passed === false;
  // Imported here since it loads the YAML parser, and goals seldom change.
  const { parseGoal } = await import("../profile/goal_file.ts");
  const { id, text, exact = text, digest } = goal;
  return goal.error !== undefined || parseGoal(id, exact, digest).untrusted;
}

/** The goals that are about to end, because their `done` holds. */
export interface Ends {
  /** Ids of those that end now. */
  ending: readonly string[];
  /** What their `done` reads, and their own keys: changes of these alone need no runner. */
  covers: readonly string[];
}

/** Whether this tick has something to decide. */
export type Due =
  | {
    decide: true;
    /** Only rules or schedules are due, such as a rule whose move failed, or a goal's `done`: no runner is asked. */
    rulesOnly?: true;
    /** The loop is parked: of these, only schedules. */
    schedulesOnly?: true;
  }
  | { decide: false; because: "unchanged" }
  | { decide: false; because: "damped"; why: string }
  /** `until`: when it decides again by itself, ISO 8601 in UTC. */
  | { decide: false; because: "parked"; why: string; until: string };

/** Milliseconds after which an unchanged world is decided again if the last move was a `noop`. */
const NOOP_AGES_MS = 6 * 3_600_000;
/** Milliseconds between two decisions on flapping sensors alone. */
const DAMPED_MS = 10 * 60_000;

/**
 * Reports whether a decision is due: after a change, a move with `more`, an old `noop`, or when a rule is to be tried again;
 * but not while the loop is parked, nor on changes of flapping sensors alone. Schedules with moves of their own do not wait;
 * nor do approved moves and rules while the loop is parked, which a tick sees to.
 *
 * @param configDigest SHA-256 of the config file
 * @param now ISO 8601 in UTC
 * @param options `ends`: default: none; `scheduled`: a slot is due that needs no decider
 */
export function decisionDue(
  { hash, changes: all, flapping = [] }: Comparison,
  { again, parked, noop_at, decided_at, fired }: State,
  configDigest: string,
  now: string,
  { ends = null, scheduled = false }: { ends?: Ends | null; scheduled?: boolean } = {},
): Due {
  if (parked !== null && parked.config === configDigest && waits(parked, hash, now)) {
    return scheduled
      ? { decide: true, rulesOnly: true, schedulesOnly: true }
      : { decide: false, because: "parked", why: parked.why, until: parked.until };
  }
  if (again || since(noop_at, now) >= NOOP_AGES_MS) return { decide: true };
  const retries = Object.values(fired).filter((rule) => typeof rule === "object");
  const isDue = scheduled ||
    retries.some((retry) => isRetryDue(retry, new Date(now), hash)) ||
    (ends?.ending ?? []).some((id) => fired[`${id}/done`] === undefined);
  const changes = all.filter(({ key }) => !readsAny(ends?.covers ?? [], new Set([key])));
  if (changes.length === 0) {
    return isDue || all.length > 0
      ? { decide: true, rulesOnly: true }
      : { decide: false, because: "unchanged" };
  }
  const flaps = new Set(flapping.map((name) => `sensor:${name}`));
  const steady = changes.some(({ key }) => !flaps.has(key));
  if (steady || !(since(decided_at, now) < DAMPED_MS)) return { decide: true };
  if (isDue) return { decide: true, rulesOnly: true };
  const names = changes.map(({ key }) => key.slice("sensor:".length)).join(", ");
  return {
    decide: false,
    because: "damped",
    why: `only flapping sensors changed, and the last decision is not 10 minutes old: ${names}`,
  };
}

/** An end later than anything can park was written before the clock was set back. */
function waits(
  parked: Parked,
  hash: string,
  now: string,
): parked is Parked & { until: string } {
  const { kind, until, world } = parked;
  if (kind === "failures" && world !== hash) return false;
  const left = Date.parse(until ?? "") - Date.parse(now);
  return left > 0 && left <= LONGEST_PARK_MS;
}

/**
 * Milliseconds between then and now; `NaN` without a then. A time in the future counts as equally far in the past, so
 * that setting the clock back does not delay decisions.
 */
function since(then: string | null, now: string): number {
  return Math.abs(Date.parse(now) - Date.parse(then ?? ""));
}

/**
 * Reports whether the decision on this world is tainted: its prompt shows untrusted input, so policy limits its moves.
 * Other decisions are not shown untrusted input.
 *
 * @param only the goal that the decision is forced for
 */
export function isTainted({ changes }: Comparison, state: State, only?: Goal): boolean {
  const { last_run, again, failure } = state;
  // The output of a command is untrusted input, even if a user approved it.
  const left = last_run !== null || (state.tainted && (again || failure !== null));
  return left || changes.some((change) => change.untrusted) || (only?.untrusted ?? false);
}

/** A signal that changes on this many consecutive ticks is flapping. */
const FLAPPING = 5;

/** Sensor → digest of its signal, and on how many consecutive ticks it has changed. */
const signalsSchema = z.record(
  z.string(),
  z.object({ digest: z.string(), changes: z.number() }),
);
type Signals = z.infer<typeof signalsSchema>;

/**
 * Finds the sensors whose signal has changed on each of the last five ticks, each compared with the tick before, whatever
 * was decided. A reused reading has not changed. Forced and dry runs do not count as ticks.
 *
 * @returns the comparison with their names, if there are any
 */
export async function findFlapping(
  profile: Profile,
  comparison: Comparison,
  { only, dryRun }: { only?: unknown; dryRun?: boolean },
): Promise<Comparison> {
  const before = await readSignals(profile);
  const counts = only === undefined && !dryRun;
  const signals = counts ? nextSignals(before, comparison.digests) : before;
  const text = JSON.stringify(signals);
  if (counts && text !== JSON.stringify(before)) {
    // Not durable: after a crash, counting starts again.
    await replaceFile(profile.paths.signals, text, { durable: false })
      .catch((error) => profile.warn(`cannot detect flapping sensors: ${messageOf(error)}`));
  }
  const flapping = flappingIn(signals);
  return flapping.length === 0 ? comparison : { ...comparison, flapping };
}

/** Names the sensors that {@linkcode findFlapping} found at the last tick. */
export async function lastFlapping(profile: Profile): Promise<string[]> {
  return flappingIn(await readSignals(profile));
}

function flappingIn(signals: Signals): string[] {
  return Object.keys(signals).filter((name) => signals[name].changes >= FLAPPING);
}

function nextSignals(before: Signals, digests: Comparison["digests"]): Signals {
  const signals: Signals = {};
  for (const [key, digest] of Object.entries(digests)) {
    if (!key.startsWith("sensor:")) continue;
    const name = key.slice("sensor:".length);
    const old = Object.hasOwn(before, name) ? before[name] : null;
    // With a maximum, so that the file stays the same while a signal does.
    const changes = !old || old.digest === digest ? 0 : Math.min(old.changes + 1, FLAPPING);
    signals[name] = { digest, changes };
  }
  return signals;
}

/** A missing or damaged file counts as empty. */
async function readSignals({ paths }: Profile): Promise<Signals> {
  return await parseFile(paths.signals, signalsSchema, "").catch(() => null) ?? {};
}
