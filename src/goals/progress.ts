/**
 * The progress of goals: their metrics, which are done, due or stalled, whose turn it is, and what they may cost.
 *
 * - `progress.ts` observes the goals of one tick, and keeps the history of their metrics
 * - `ready.ts` finds the goals that may have a move: those within their budget, and the one that waited the longest
 * - `names.ts` finds names in expressions that do not exist
 *
 * @module
 */

import { compileMetric, compileRule } from "../cel/compile.ts";
import { ruleValues } from "../cel/variables.ts";
import { readTail } from "../os/read.ts";
import { appendLine } from "../os/write.ts";
import { archivedLines } from "../profile/journal.ts";
import { parseGoals } from "../profile/goal_file.ts";
import type { Profile } from "../profile/profile.ts";
import {
  type GoalRecord,
  type GoalRecords,
  isLate,
  type MetricLine,
  metricLineSchema,
  settledNews,
} from "../schema/progress.ts";
import { parseAs } from "../schema/schema.ts";
import type { State } from "../schema/state.ts";
import { type Goal, type GoalFile, NEWS, readsAny, wakesOf, type World } from "../schema/world.ts";
import { goalsOverBudget, longestFirst } from "./ready.ts";

/** What a tick observes of its goals. */
export interface Progress {
  /** The records of all goals that have one, for the next tick. */
  records: GoalRecords;
  /** The metrics that have changed. */
  metrics: MetricLine[];
  /** See {@linkcode World.news}. */
  news: Record<string, string>;
  /** Ids of the goals whose `done` has held on two ticks. */
  ending: string[];
  /** What the `done` of goals that are about to end reads, as `readsOf` names it, and the keys of these goals. */
  covers: string[];
}

/** The values that a goal's expressions read. */
type Values = Record<string, unknown>;

/**
 * Observes the goals: evaluates their metrics and `done`, and compares `due`, `stall` and the config's `fairness` with the
 * clock. An expression that cannot be evaluated now, and a `done` that reads a failing sensor, leave things as they are.
 *
 * @param lateS seconds after which a goal that waits for a move wakes a decision; 0: never
 */
export async function observeGoals(
  profile: Profile,
  world: World<GoalFile>,
  state: State,
  { lateS }: { lateS: number },
): Promise<Progress> {
  const now = profile.clock.now();
  // Warnings about goals are those of a decision.
  const goals = parseGoals({ ...profile, warn: () => undefined }, world.goals);
  const progress: Progress = { records: {}, metrics: [], news: {}, ending: [], covers: [] };
  const values = ruleValues({
    ...{ goals, wakes: wakesOf(world), exact: wakesOf(world, { exact: true }) },
    ...{ workers: world.workers, changed: [], tainted: false, runner: "none", now },
  });
  for (const goal of goals) {
    await observeGoal(goal, { profile, world, state, values, now, progress });
  }
  const { records, news } = progress;
  Object.assign(news, settledNews(records, state.baseline));
  if (Object.values(records).some((record) => isLate(record, now, lateS))) {
    const over = await goalsOverBudget(profile, { goals, workers: world.workers }, records);
    const waiting = longestFirst({ ...world, goals }, records, over)
      .filter(({ id }) => Object.hasOwn(records, id) && isLate(records[id], now, lateS));
    // One at a time: each has a decision of its own.
    const first = waiting.find(({ id }) => !Object.hasOwn(news, `waiting:${id}`));
    if (first) news[`waiting:${first.id}`] = first.since;
  }
  return progress;
}

interface Observation {
  profile: Profile;
  world: World<GoalFile>;
  state: State;
  values: Values;
  now: Date;
  progress: Progress;
}

async function observeGoal(goal: Goal, observation: Observation): Promise<void> {
  const { state, now, progress } = observation;
  const before = state.goals[goal.id];
  const { records, news, metrics } = progress;
  const hasCriteria = goal.metric !== undefined || goal.due !== undefined ||
    goal.stall_ms !== undefined || goal.rules.some((rule) => rule.ends);
  if (goal.error !== undefined) {
    // The user may be in the middle of an edit.
    if (before) records[goal.id] = before;
  } else if (before || hasCriteria) {
    const record = await nextRecord(goal, before, observation);
    records[goal.id] = record;
    if (record.metric && record.metric.value !== before?.metric?.value) {
      metrics.push({ ts: now.toISOString(), goal: goal.id, value: record.metric.value });
    }
  }
  const { due, stalled } = records[goal.id] ?? {};
  if (due !== undefined) news[`due:${goal.id}`] = due;
  if (stalled !== undefined) news[`stalled:${goal.id}`] = stalled;
}

async function nextRecord(
  goal: Goal,
  before: GoalRecord | undefined,
  observation: Observation,
): Promise<GoalRecord> {
  const { profile, values, now } = observation;
  const at = now.toISOString();
  const { since, turn, moved, lifted } = before ?? { since: at, turn: null };
  const record: GoalRecord = {
    ...{ since, turn },
    ...(moved === undefined ? {} : { moved }),
    ...(lifted ? { lifted } : {}),
  };
  const compiled = await compileMetric(goal);
  if (compiled?.ok) {
    const found = compiled.expression.evaluate(values);
    const last = before?.metric;
    // A number that is a secret is recorded nowhere.
    const isShown = found.ok && profile.mask(`${found.value}`) === `${found.value}`;
    const changed = isShown && found.value !== last?.value;
    if (changed) record.metric = { value: found.value, at };
    else if (last) record.metric = last;
  }
  const holds = await doneHolds(goal, before, observation);
  if (holds) record.holds = before?.holds ?? at;
  if (goal.due !== undefined && at >= goal.due) record.due = goal.due;
  const progressAt = goal.metric ? record.metric?.at ?? since : moved ?? since;
  const idleMs = now.getTime() - Date.parse(progressAt);
  if (goal.stall_ms !== undefined && idleMs >= goal.stall_ms) record.stalled = progressAt;
  return record;
}

/** Whether a goal's `done` holds; notes in `progress` what is about to end. */
async function doneHolds(
  goal: Goal,
  before: GoalRecord | undefined,
  { world, state, values, progress }: Observation,
): Promise<boolean> {
  const rule = goal.rules.find((rule) => rule.ends);
  const compiled = rule && await compileRule(goal, rule);
  if (!compiled?.ok) return false;
  const { reads } = compiled.expression;
  const failing = world.readings.filter(({ name, result }) =>
    !result.ok && readsAny(reads, new Set([`sensor:${name}`]))
  );
  if (failing.length > 0 && !rule?.when.includes("failing")) {
    const held = before?.holds !== undefined;
    // Once the grace of a sensor is over, its failure is news.
    if (held && failing.every(({ last }) => last)) progress.covers.push(...reads);
    return held;
  }
  const found = compiled.expression.evaluate(values);
  if (!found.ok || !found.value) return false;
  // One that has fired waits for the user, who may have rejected it.
  if (typeof state.fired[`${goal.id}/done`] === "string") return true;
  if (before?.holds !== undefined) progress.ending.push(goal.id);
  progress.covers.push(...reads, ...keysOf(goal.id));
  return true;
}

/** The keys of a world that are about this goal alone. */
export function keysOf(id: string): string[] {
  return ["goal", ...NEWS].map((kind) => `${kind}:${id}`);
}

/** Appends the metrics that have changed to `metrics.jsonl`; durable. */
export async function appendMetrics(
  { paths, warn }: Profile,
  lines: readonly MetricLine[],
): Promise<void> {
  for (const line of lines) await appendLine(paths.metrics, JSON.stringify(line), { onTorn: warn });
}

/** How much of the end of each file is read: a file is rotated at that size. */
const MAX_BYTES = 262_144;

/**
 * Reads the last values of a goal's metric, oldest first. A value that a crash has recorded twice counts once.
 *
 * @param options `count`: how many at most. `since`: only values from this time on, ISO 8601 in UTC
 */
export async function readMetric(
  { paths }: Profile,
  goal: string,
  { count, since = "" }: { count: number; since?: string },
): Promise<MetricLine[]> {
  const lines: MetricLine[] = [];
  for (const path of [paths.metrics, ...archivedLines(paths, paths.metrics)]) {
    const text = await readTail(path, MAX_BYTES);
    const found = text.split("\n").flatMap((line) => parseAs(metricLineSchema, line) ?? []);
    lines.unshift(...found.filter((line) => line.goal === goal && line.ts >= since));
    const isOlder = found.length > 0 && found[0].ts < since;
    if (isOlder || lines.length > count) break;
  }
  return lines.filter(({ value }, i) => value !== lines[i - 1]?.value).slice(-count);
}
