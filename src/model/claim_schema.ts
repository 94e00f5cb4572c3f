import { z } from "zod";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";

/** What is read of a claim file: its name is the file's, and whatever else stands in it is its writer's. */
export interface ClaimFile {
  session: string;
  since: string;
}

/** Checks `claims/<name>.json`; lenient, since workers and people write such files by hand. */
export const claimFileSchema: Schema<ClaimFile> = z.object({
  session: idSchema,
  since: z.string().refine((text) => !Number.isNaN(Date.parse(text)), "must be a time (ISO 8601)"),
});
