import * as z from "zod/mini";
import type { AttentionItem } from "./ask.ts";
import { type Schema, utcTimeSchema } from "./schema.ts";
import { localDay, localTime } from "./text.ts";

/** A kind of notification. */
export type NotifyKind =
  | "question"
  | "approval"
  | "flag"
  | "parked"
  | "failing"
  | "recovered"
  | "over_budget"
  | "expired"
  | "goal"
  | "worker_failed"
  | "worker_stuck"
  | "worker_limited";

/** What the `notify` command is run for. */
export const NOTIFY_KINDS: readonly NotifyKind[] = [
  ...["question", "approval", "flag", "parked", "failing", "recovered"] as const,
  ...["over_budget", "expired", "goal", "worker_failed", "worker_stuck", "worker_limited"] as const,
];

/** The time of day in which nothing is delivered. */
export interface QuietHours {
  /** When they begin, `HH:MM`. */
  from: string;
  /** When they end, `HH:MM`, on the next day if that is not later than `from`. */
  to: string;
  /** A time zone, such as `Europe/Berlin`. Default: that of the host. */
  tz?: string;
}

const time = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time like 22:00"));

/** Checks the config's `quiet_hours`. */
export const quietHoursSchema: z.ZodMiniType<QuietHours> = z.strictObject({
  from: time,
  to: time,
  tz: z.optional(z.string().check(z.refine(isTimeZone, "must be a time zone like Europe/Berlin"))),
}).check(z.refine(({ from, to }) => from !== to, {
  error: "must differ from `from`",
  path: ["to"],
}));

/** Checks the config's `notify_kinds`; `ask` is another name of `question`. */
export const notifyKindsSchema: z.ZodMiniType<NotifyKind[]> = z.pipe(
  z.array(z.enum([...NOTIFY_KINDS, "ask"])),
  z.transform((kinds) => kinds.map((kind): NotifyKind => kind === "ask" ? "question" : kind)),
);

function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}

/** Reports whether a time is in the quiet hours; their clock is that of the time zone, summer time included. */
export function isQuiet({ from, to, tz }: QuietHours, at: Date): boolean {
  const clock = new Intl.DateTimeFormat("en-GB", {
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    timeZone: tz,
  }).format(at);
  return from < to ? from <= clock && clock < to : from <= clock || clock < to;
}

/** A notification that the user has not received yet. */
export interface Delivery {
  /** What it reports. */
  item: AttentionItem;
  /** How often its command was started. */
  tries: number;
  /** When it was due first, ISO 8601 in UTC. */
  since: string;
  /** When it is tried next, or when the running attempt counts as failed, ISO 8601 in UTC. */
  next_at: string;
  /** Its command is running. */
  running: boolean;
  /** Why the last attempt failed; `null` before the first has. */
  why: string | null;
}

/** `.looop/notify.json`: what is to be delivered, and what later notifications depend on. */
export interface Deliveries {
  /** Version of the format. */
  version: 1;
  /** Since when the failure lasts whose end is to be reported; `null`: none was reported. */
  trouble: {
    since: string;
    why: string;
    /** The last decision, at the time of the last check, ISO 8601 in UTC: a later one ends the failure. */
    decided_at: string | null;
  } | null;
  /** The last run of the `heartbeat` command, and why it failed; `null` before the first. */
  heartbeat: { at: string; why: string | null } | null;
  /** Oldest first. */
  pending: Delivery[];
}

/** Before the first notification. */
export const NO_DELIVERIES: Deliveries = {
  version: 1,
  trouble: null,
  heartbeat: null,
  pending: [],
};

const itemSchema: z.ZodMiniType<AttentionItem> = z.object({
  key: z.string(),
  kind: z.enum([...NOTIFY_KINDS, "pulse"]),
  from: z.string(),
  text: z.string(),
  ask: z.optional(z.string()),
  worker: z.optional(z.string()),
  goal: z.optional(z.string()),
  options: z.optional(z.array(z.string())),
  at: z.optional(z.string()),
});

/** Checks `.looop/notify.json`. */
export const deliveriesSchema: Schema<Deliveries> = z.object({
  version: z.literal(1),
  trouble: z.nullable(z.object({
    since: utcTimeSchema,
    why: z.string(),
    decided_at: z.nullable(z.string()),
  })),
  heartbeat: z.nullable(z.object({ at: utcTimeSchema, why: z.nullable(z.string()) })),
  pending: z.array(z.object({
    item: itemSchema,
    tries: z.int(),
    since: utcTimeSchema,
    next_at: utcTimeSchema,
    running: z.boolean(),
    why: z.nullable(z.string()),
  })),
});

/** Seconds until a failed delivery is tried again, by how often it was tried; after more, the last. */
const RETRY_S = [60, 120, 240, 480, 900];

/** When a delivery that has just failed is tried again. */
export function nextTry(tries: number, now: Date): Date {
  const waitS = RETRY_S[tries - 1] ?? RETRY_S[RETRY_S.length - 1];
  return new Date(now.getTime() + waitS * 1000);
}

/** Reports whether a delivery is due. A time beyond every wait was written before the clock was set back. */
export function isDeliveryDue({ next_at }: Delivery, now: Date): boolean {
  const left = Date.parse(next_at) - now.getTime();
  return left <= 0 || left > 1000 * RETRY_S[RETRY_S.length - 1];
}

/** Describes what could not be delivered, in one line; `null`: all was, or has not been tried yet. */
export function deliveryProblem({ pending, heartbeat }: Deliveries): string | null {
  const failed = pending.filter(({ why }) => why !== null);
  if (failed.length > 0) {
    const [{ item, since, why }] = failed;
    const what = failed.length === 1 ? "a notification" : `${failed.length} notifications`;
    const at = new Date(since);
    return `cannot deliver ${what} since ${localDay(at)} ${localTime(at)} ` +
      `(${item.kind}): ${why}; looop tries again`;
  }
  const why = heartbeat?.why ?? null;
  return why === null ? null : `the heartbeat command failed: ${why}; the next tick runs it again`;
}
