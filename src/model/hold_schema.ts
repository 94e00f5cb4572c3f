import * as v from "valibot";
import type { Hold } from "./budget.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";

/** Checks a hold in a file. */
export const holdSchema: Schema<Hold> = schemaOf(strictObject({
  budget: v.picklist(["decides_per_hour", "usd_per_day", "unknown_cost"]),
  why: v.string(),
  day: v.string(),
  ask_id: v.string(),
  lifted: v.boolean(),
}));
