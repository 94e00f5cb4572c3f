import { z } from "zod";
import type { Hold } from "./budget.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

/** Checks a hold in a file. */
export const holdSchema: Schema<Hold> = strictObject({
  budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost"]),
  why: z.string(),
  day: z.string(),
  ask_id: z.string(),
  lifted: z.boolean(),
});
