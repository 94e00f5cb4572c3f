import { z } from "zod";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";
import type { Flag } from "./worker.ts";

/** Checks `workers/<id>/flag.json`. */
export const flagSchema: Schema<Flag> = strictObject({
  note: z.string(),
  at: z.string(),
  ask: idSchema.optional(),
});
