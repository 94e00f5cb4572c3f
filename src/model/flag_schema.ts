import * as v from "valibot";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";
import type { Flag } from "./worker.ts";

/** Checks `workers/<id>/flag.json`. */
export const flagSchema: Schema<Flag> = schemaOf(strictObject({
  note: v.string(),
  at: v.string(),
  ask: v.optional(idSchema),
}));
