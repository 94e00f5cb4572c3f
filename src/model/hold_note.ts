import * as v from "valibot";
import type { Hold } from "./budget.ts";
import { holdSchema } from "./hold_schema.ts";
import { wholeSchema } from "./number_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
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
export const holdNoteSchema: Schema<HoldNote> = schemaOf(strictObject({
  run_id: v.string(),
  at: v.string(),
  hold: v.custom<Hold>((value) => holdSchema.safeParse(value).success, "is no hold"),
  asks: v.boolean(),
  journals: v.boolean(),
  journal_bytes: wholeSchema,
}));
