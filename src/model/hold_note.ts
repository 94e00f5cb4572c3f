import * as z from "zod/mini";
import type { Hold } from "./budget.ts";

/** Checks a hold in a file. */
export const holdSchema: z.ZodMiniType<Hold> = z.strictObject({
  budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost"]),
  why: z.string(),
  day: z.string(),
  ask_id: z.string(),
  lifted: z.boolean(),
});

/** Checks `.looop/hold.json`. */
export const holdNoteSchema = z.strictObject({
  /** The run that was held. */
  run_id: z.string(),
  /** ISO 8601 in UTC: the time of the journal line and of the ask. */
  at: z.string(),
  hold: holdSchema,
  /** A question is to be put to the user. */
  asks: z.boolean(),
  /** The journal is to have a line. */
  journals: z.boolean(),
  /** Length of `journal.md` in bytes before that line. */
  journal_bytes: z.int(),
});

/** All that is needed to record a hold, noted before: after a crash the next tick finishes from it. */
export type HoldNote = z.infer<typeof holdNoteSchema>;
