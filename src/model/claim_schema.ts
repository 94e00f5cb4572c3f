import * as v from "valibot";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { openObject } from "./strict_object.ts";

/** What is read of a claim file: its name is the file's, and whatever else stands in it is its writer's. */
export interface ClaimFile {
  session: string;
  since: string;
}

/** Checks `claims/<name>.json`; lenient, since workers and people write such files by hand. */
export const claimFileSchema: Schema<ClaimFile> = schemaOf(openObject({
  session: idSchema,
  since: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text)), "must be a time (ISO 8601)"),
  ),
}));
