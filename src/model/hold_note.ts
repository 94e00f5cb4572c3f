import { z } from "zod";
import type { Hold } from "./budget.ts";
import { holdSchema } from "./hold_schema.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

/** All that is needed to write down a hold, noted before: after a crash the next tick finishes from it. */
export interface HoldNote {
  /** The run that was held. */
  run_id: string;
  /** ISO 8601 in UTC: the time of the journal line and of the ask. */
  at: string;
  hold: Hold;
  /** A person is to be asked. */
  asks: boolean;
  /** The journal is to have a line. */
  journals: boolean;
  /** Length of `journal.md` in bytes before that line. */
  journal_bytes: number;
}

/** Checks `.looop/hold.json`. */
export const holdNoteSchema: Schema<HoldNote> = strictObject({
  run_id: z.string(),
  at: z.string(),
  hold: z.custom<Hold>((value) => holdSchema.safeParse(value).success, "is no hold"),
  asks: z.boolean(),
  journals: z.boolean(),
  journal_bytes: z.number().int(),
});
