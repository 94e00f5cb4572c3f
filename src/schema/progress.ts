import * as z from "zod/mini";
import { anyTimeSchema, type Schema } from "./schema.ts";

/** What the loop has seen of one goal. */
export interface GoalRecord {
  /** When the loop first saw it, ISO 8601 in UTC. */
  since: string;
  /** Time of the last move that served it, also a `noop`; `null` before the first. ISO 8601 in UTC. */
  turn: string | null;
  /** Time of the last move that served it and was not a `noop`, ISO 8601 in UTC; absent before the first. */
  moved?: string;
  /** The last value of its metric, and when it changed to that (ISO 8601 in UTC); absent before the first. */
  metric?: { value: number; at: string };
  /** Since when its `done` has held on each tick, ISO 8601 in UTC; absent: it does not hold. */
  holds?: string;
  /** Its `due` that has passed, ISO 8601 in UTC; absent: none has. */
  due?: string;
  /** Since when it has made no progress, ISO 8601 in UTC; absent: that is less than its `stall` ago. */
  stalled?: string;
  /** How often the user has lifted its `budget_usd`: the ids of the asks, for that amount alone. */
  lifted?: { usd: number; asks: string[] };
}

/** Goal id → what the loop has seen of it. */
export type GoalRecords = Record<string, GoalRecord>;

/** Checks {@linkcode GoalRecords} in a file. */
export const goalRecordsSchema: z.ZodMiniType<GoalRecords> = z.record(
  z.string(),
  z.strictObject({
    since: z.string(),
    turn: z.nullable(z.string()),
    moved: z.optional(z.string()),
    metric: z.optional(z.strictObject({ value: z.number(), at: z.string() })),
    holds: z.optional(z.string()),
    due: z.optional(z.string()),
    stalled: z.optional(z.string()),
    lifted: z.optional(z.strictObject({ usd: z.number(), asks: z.array(z.string()) })),
  }),
);

/** What a front matter may have that a tick must check even if nothing has changed. */
const CRITERIA = /\b(due|metric|done|stall)["']?\s*:/;

/**
 * Reports whether a tick must observe its goals beyond their text: one has a criterion, was found to be done, due or
 * stalled, or waits for a move. Most ticks parse no goal.
 */
export function needsObservation(
  goals: readonly { text: string }[],
  records: GoalRecords,
  { now, lateS }: { now: Date; lateS: number },
): boolean {
  return goals.some(({ text }) => CRITERIA.test(text)) ||
    Object.values(records).some((record) => {
      const { metric, holds, due, stalled } = record;
      return metric || holds || due || stalled || isLate(record, now, lateS);
    });
}

/**
 * Reports whether a goal has waited too long for a move.
 *
 * @param lateS seconds; 0: it never has
 */
export function isLate({ turn, since }: GoalRecord, now: Date, lateS: number): boolean {
  return lateS > 0 && now.getTime() - Date.parse(turn ?? since) >= lateS * 1000;
}

/** One line of `metrics.jsonl`: a goal's metric has changed. */
export interface MetricLine {
  /** ISO 8601 in UTC. */
  ts: string;
  /** Id of the goal. */
  goal: string;
  value: number;
}

/** Checks one line of `metrics.jsonl`. */
export const metricLineSchema: Schema<MetricLine> = z.object({
  ts: anyTimeSchema,
  goal: z.string(),
  value: z.number(),
});

/** Such as `metric 4 (from 12 to 0, 66 %)`. */
export function metricText(
  { value }: { value: number },
  { from, to }: { from?: number; to?: number },
): string {
  const percent = percentOf(value, { from, to });
  const way = [
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
  ].join(" ");
  const rest = [...(way === "" ? [] : [way]), ...(percent === null ? [] : [`${percent} %`])];
  return `metric ${value}${rest.length === 0 ? "" : ` (${rest.join(", ")})`}`;
}

/**
 * How much of a metric's way is done, in whole percent from 0 to 100.
 *
 * @returns `null` where the way is not known: the metric has no `from` or `to`, or they are equal.
 */
export function percentOf(
  value: number,
  { from, to }: { from?: number; to?: number },
): number | null {
  if (from === undefined || to === undefined || from === to) return null;
  const done = Math.min(Math.max((value - from) / (to - from), 0), 1);
  return Math.floor(done * 100);
}
