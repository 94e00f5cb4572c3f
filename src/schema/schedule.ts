import * as z from "zod/mini";
import { type Fired, isRetryDue } from "./failing.ts";
import type { JsonObject } from "./json.ts";
import type { Move } from "./move.ts";
import { lineSchema, type Schema } from "./schema.ts";

/** When a schedule is due; its slots are whole minutes. */
export type Timing =
  /** Five fields, in wall-clock time of the IANA zone `tz`. */
  | { cron: string; tz: string }
  /** One wall-clock time, such as `2026-12-01T09:00`. */
  | { at: string; tz: string }
  /** Every so many milliseconds, counted from 1970 in UTC. */
  | { everyMs: number };

/** A schedule with its file parsed. */
export interface Schedule {
  /** The file name without `.yaml`. */
  name: string;
  timing: Timing;
  /** What is due, for the decider. */
  note: string;
  /** The move of each slot; absent: the goals' rules or the decider decide. */
  do?: Move;
  /** `once`: the newest slot that was missed is due late; `skip`: one that is over 15 minutes late is skipped. */
  catchUp: "once" | "skip";
  /** There are no slots after this time, ISO 8601 in UTC. */
  until?: string;
  /** `true` if a tainted decision wrote it. */
  untrusted: boolean;
}

/** One file of `schedules/`, as a tick observed it. */
export interface ScheduleFile {
  /** The file name without `.yaml`. */
  name: string;
  /** The whole file, masked; empty if it could not be read. */
  text: string;
  /** The unmasked file, if it differs. */
  exact?: string;
  /** SHA-256 of the file, hex; empty if it could not be read. */
  digest: string;
  /** When it was last modified, milliseconds since 1970; `null` if unknown. */
  modifiedMs: number | null;
  /** Why it cannot be read. */
  error?: string;
  /** Its slot that is due; absent: none is. */
  due?: DueSlot;
}

/** The newest slot of a schedule that has come and that no move has handled. */
export interface DueSlot {
  name: string;
  /** ISO 8601 in UTC. */
  slot: string;
  /** The slot in the zone of the schedule, such as `2026-12-01 09:00 Europe/Berlin`. */
  local: string;
  /** The first slot after this one, ISO 8601 in UTC; `null`: there is none. */
  next: string | null;
  note: string;
  do?: Move;
  untrusted: boolean;
  /** It came too late for a schedule with `catch_up: skip`. */
  skip: boolean;
  /** The slots before this one that no move has handled, in one line; `null`: there are none. */
  missed: string | null;
}

/** Reports whether a slot is left to the goals' rules and the decider: it has no move of its own, and is not too late. */
export function isForDecider(slot: DueSlot): boolean {
  return slot.do === undefined && !slot.skip;
}

/** The key in {@linkcode Fired} of a schedule's own move; no rule has a name with a colon and no slash. */
export function firedKey(name: string): string {
  return `schedule:${name}`;
}

/**
 * Returns the first slot that is handled without a decider, by its own move or as skipped; `null`: there is none, or its
 * move failed and it is not time to try again.
 *
 * @param world hash of the world
 */
export function ownSlot(due: DueSlot[], fired: Fired, now: Date, world: string): DueSlot | null {
  return due.find((slot) => {
    const known = fired[firedKey(slot.name)];
    const isRetry = typeof known === "object" && known.digest === slot.slot;
    return !isForDecider(slot) && (!isRetry || isRetryDue(known, now, world));
  }) ?? null;
}

/** What rules see of a slot. */
export function slotVariable({ slot, local, note }: DueSlot): JsonObject {
  return { due: true, slot, local, note };
}

/** A slot that a move handles: all that its record needs. */
export type HandledSlot = Pick<DueSlot, "name" | "slot" | "next" | "missed">;

/** Checks a {@linkcode HandledSlot} in a file. */
export const handledSlotSchema: z.ZodMiniType<HandledSlot> = z.strictObject({
  name: z.string(),
  slot: z.string(),
  next: z.nullable(z.string()),
  missed: z.nullable(z.string()),
});

/** What `state.json` remembers of a schedule. */
export interface ScheduleRecord {
  /** SHA-256 of the file that the rest was derived from, hex. */
  digest: string;
  /** Its timing, in one line: another one begins anew. */
  timing: string;
  /** The last slot that was handled, or the time from which slots count, ISO 8601 in UTC. */
  handled: string;
  /** The first slot after `handled`, ISO 8601 in UTC; `null`: there is none. */
  next: string | null;
}

/** Name of a schedule → what is remembered of it. */
export type ScheduleRecords = Record<string, ScheduleRecord>;

/** Checks {@linkcode ScheduleRecords} in a file. */
export const scheduleRecordsSchema: z.ZodMiniType<ScheduleRecords> = z.record(
  z.string(),
  z.strictObject({
    digest: z.string(),
    timing: z.string(),
    handled: z.string(),
    next: z.nullable(z.string()),
  }),
);

/** The fields of `schedules/<name>.yaml`, before its timing is read. */
export interface ScheduleFields {
  cron?: string;
  at?: string;
  every?: string;
  tz?: string;
  note: string;
  do?: Record<string, unknown>;
  catch_up: "once" | "skip";
  until?: string;
  untrusted: boolean;
}

/** Checks `schedules/<name>.yaml`. Unknown keys are errors. */
export const scheduleFieldsSchema: Schema<ScheduleFields> = z.strictObject({
  cron: z.optional(lineSchema(200)),
  at: z.optional(lineSchema(40)),
  every: z.optional(lineSchema(20)),
  tz: z.optional(lineSchema(64)),
  note: z._default(lineSchema(500), ""),
  do: z.optional(z.record(z.string(), z.unknown())),
  catch_up: z._default(z.enum(["once", "skip"]), "once"),
  until: z.optional(lineSchema(40)),
  untrusted: z._default(z.boolean(), false),
});
