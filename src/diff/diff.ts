import type { Profile } from "../profile/profile.ts";
import { canonicalJson, type Json, sha256Hex } from "../schema/json.ts";
import type { Baseline, Parked, State } from "../schema/state.ts";
import { cut, LONGEST_PARK_MS } from "../schema/text.ts";
import {
  type Change,
  type Comparison,
  type Goal,
  type GoalFile,
  wakesOf,
  type World,
} from "../schema/world.ts";
import { findFlapping } from "./flapping.ts";

/** The most characters of a question, and of its answer. */
const MAX_SHOWN = 400;

/** A compared world, and what follows for this tick. */
export interface Diff {
  comparison: Comparison;
  due: Due;
  /** Untrusted input can reach this decision. */
  tainted: boolean;
}

/** Compares an observed world with the baseline, and decides whether a decision is due and whether it is tainted. */
export async function diff(
  profile: Profile,
  world: World<GoalFile>,
  state: State,
  options: { only?: Goal; dryRun?: boolean },
): Promise<Diff> {
  const compared = await compareWorld(world, state.baseline);
  const comparison = await findFlapping(profile, compared, options);
  return {
    comparison,
    due: decisionDue(comparison, state, profile.configDigest, world.at),
    tainted: isTainted(comparison, state, options.only),
  };
}

/**
 * Compares a world with the baseline: what woke the loop, and a hash that names this very world.
 *
 * Answers to the loop's own asks that no decision has seen are changes of their own, whatever the baseline.
 */
export async function compareWorld(
  world: World<GoalFile>,
  baseline: Baseline | null,
): Promise<Comparison> {
  const wakes = wakesOf(world);
  const before = baseline ?? {};
  const digests: Record<string, string> = {};
  const changes: Change[] = [];
  const outside = untrustedKeys(world);
  for (const key of Object.keys(wakes).sort()) {
    digests[key] = await sha256Hex(canonicalJson(wakes[key]));
    const old = Object.hasOwn(before, key) ? before[key] : null;
    if (old?.sha256 === digests[key]) continue;
    const untrusted = outside.has(key) || await isUntrustedGoal(world, key);
    // Where a person has come to trust it, the difference would show what they did not trust before.
    const lines = old?.untrusted && !untrusted
      ? []
      : await describe(key, old?.was ?? null, wakes[key]);
    changes.push({ key, kind: old ? "changed" : "added", lines, untrusted });
  }
  for (const key of Object.keys(before).sort()) {
    // A worker's end that was seen is no news when it is archived.
    if (Object.hasOwn(wakes, key) || key.startsWith("worker:")) continue;
    // Of a sensor, a baseline of an older looop does not tell whether strangers could write what it read.
    const untrusted = key.startsWith("sensor:") || before[key].untrusted === true;
    const lines = await describe(key, before[key].was, null);
    changes.push({ key, kind: "removed", lines, untrusted });
  }
  for (const { id, question, answer, worker, tainted = false } of world.asks) {
    // What a worker asked, it also reads.
    if (!answer || worker !== undefined) continue;
    const key = `answer:${id}`;
    digests[key] = await sha256Hex(answer.text);
    // Both stand whole among the asks.
    const line = `${cut(question, MAX_SHOWN)} → ${cut(answer.text, MAX_SHOWN)}`;
    changes.push({ key, kind: "added", lines: [line], untrusted: tainted });
  }
  return { hash: await hashOf(digests), digests, changes };
}

/** Imported once something has changed: an idle tick describes nothing. */
async function describe(key: string, was: string | null, now: Json): Promise<string[]> {
  const { describeChange } = await import("./describe.ts");
  return await describeChange(key, was, now);
}

/** Keys and digests are framed by their lengths, so that no two worlds can run together into one text. */
async function hashOf(digests: Record<string, string>): Promise<string> {
  const framed = Object.keys(digests).sort().map((key) => `${key.length}:${key}:${digests[key]}`);
  return await sha256Hex(framed.join("\n"));
}

/** Untrusted readings, and workers whose end brings what their `verify` printed. */
function untrustedKeys({ readings, workers }: World<GoalFile>): Set<string> {
  return new Set([
    ...readings.filter(({ trusted }) => !trusted).map(({ name }) => `sensor:${name}`),
    ...workers.filter(({ verification }) => verification?.passed === false)
      .map(({ id }) => `worker:${id}`),
  ]);
}

async function isUntrustedGoal({ goals }: World<GoalFile>, key: string): Promise<boolean> {
  const goal = goals.find(({ id }) => key === `goal:${id}`);
  if (!goal) return false;
  // Imported here since it loads the YAML parser, and most ticks see no changed goal.
  const { parseGoal } = await import("../profile/goal_file.ts");
  const { id, text, exact = text, digest } = goal;
  return goal.error !== undefined || parseGoal(id, exact, digest).untrusted;
}

/** Whether this tick has something to decide. */
export type Due =
  | { decide: true }
  | { decide: false; because: "unchanged" }
  | { decide: false; because: "parked" | "damped"; why: string };

/** Milliseconds after which a world is decided again although nothing changed since a decider saw nothing to do. */
const NOOP_AGES_MS = 6 * 3_600_000;
/** Milliseconds between two decisions on nothing but sensors that change all the time. */
const DAMPED_MS = 10 * 60_000;

/**
 * Tells whether there is something to decide: a change, a last move that asked for another look, or a `noop` that
 * has grown old; and no parking that still holds, nor only changes that come all the time.
 *
 * @param configDigest SHA-256 of the config file
 * @param now ISO 8601 in UTC
 */
export function decisionDue(
  { hash, changes, flapping = [] }: Comparison,
  { again, parked, noop_at, decided_at }: State,
  configDigest: string,
  now: string,
): Due {
  if (parked?.config === configDigest && waits(parked, hash, now)) {
    return { decide: false, because: "parked", why: parked.why };
  }
  if (again || since(noop_at, now) >= NOOP_AGES_MS) return { decide: true };
  if (changes.length === 0) return { decide: false, because: "unchanged" };
  const flaps = new Set(flapping.map((name) => `sensor:${name}`));
  const steady = changes.some(({ key }) => !flaps.has(key));
  if (steady || !(since(decided_at, now) < DAMPED_MS)) return { decide: true };
  const names = changes.map(({ key }) => key.slice("sensor:".length)).join(", ");
  return {
    decide: false,
    because: "damped",
    why:
      `only what changes on every tick has changed, and the last decision is not 10 minutes old: ${names}`,
  };
}

/** An end that is further off than any limit can park was written before the clock was set back. */
function waits({ kind, until, world }: Parked, hash: string, now: string): boolean {
  if (kind !== "rate_limit") return world === hash;
  const left = Date.parse(until ?? "") - Date.parse(now);
  return left > 0 && left <= LONGEST_PARK_MS;
}

/**
 * Milliseconds between then and now; `NaN` where there is no then. What lies in the future counts as if it lay as
 * far in the past: a clock that was set back far keeps nothing waiting for as long, and what is decided then is
 * noted at the new time.
 */
function since(then: string | null, now: string): number {
  return Math.abs(Date.parse(now) - Date.parse(then ?? ""));
}

/**
 * Tells whether the decision on this world is tainted: text that strangers could have written is shown to it, so
 * policy limits what it can do. One that is not tainted is shown no such text.
 *
 * @param only the goal that the decision is forced for
 */
export function isTainted({ changes }: Comparison, state: State, only?: Goal): boolean {
  const { last_run, again, failure } = state;
  // What a command printed is outside text, whoever wanted it run.
  const left = last_run !== null || (state.tainted && (again || failure !== null));
  return left || changes.some((change) => change.untrusted) || (only?.untrusted ?? false);
}
