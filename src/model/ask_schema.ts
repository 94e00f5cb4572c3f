import { z } from "zod";
import type { Ask } from "./ask.ts";
import { idSchema } from "./id_schema.ts";
import { type Move, moveSchema } from "./move.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

const schema = strictObject({
  id: idSchema,
  kind: z.enum(["question", "approval"]),
  question: z.string(),
  options: z.array(z.string()).optional(),
  ref: z.string().optional(),
  asked_at: z.string(),
  run_id: z.string(),
  approval: strictObject({
    move: z.custom<Move>((value) => moveSchema.safeParse(value).success, "is not a move"),
    move_sha256: z.string(),
    digests: z.record(z.string(), z.string().nullable()),
    preview: z.string(),
    expires_at: z.string(),
  }).optional(),
  answer: strictObject({ text: z.string(), at: z.string() }).optional(),
  closed_by: z.string().optional(),
});

/** Checks one file of `asks/`. */
export const askSchema: Schema<Ask> = schema;
