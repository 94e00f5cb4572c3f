import { z } from "zod";
import type { Ask } from "./ask.ts";
import { idSchema } from "./id_schema.ts";
import { type Move, moveSchema } from "./move.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";
import { timeSchema } from "./time_schema.ts";

const schema = strictObject({
  id: idSchema,
  kind: z.enum(["question", "approval"]),
  question: z.string(),
  options: z.array(z.string()).optional(),
  ref: z.string().optional(),
  asked_at: z.string(),
  run_id: z.string(),
  worker: idSchema.optional(),
  approval: strictObject({
    move: z.custom<Move>((value) => moveSchema.safeParse(value).success, "is not a move"),
    move_sha256: z.string(),
    digests: z.record(z.string(), z.string().nullable()),
    preview: z.string(),
    expires_at: timeSchema,
    profile: z.string().optional(),
  }).optional(),
  tainted: z.boolean().optional(),
  hold: strictObject({
    budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost"]),
    day: z.string(),
  }).optional(),
  answer: strictObject({ text: z.string(), at: timeSchema }).optional(),
  closed_by: z.string().optional(),
}).refine(
  // Or the answer to a question could make a move.
  ({ kind, approval }) => (kind === "approval") === (approval !== undefined),
  { path: ["kind"], message: "must be approval where there is one, else question" },
);

/**
 * Checks one file of `asks/`.
 *
 * @example
 * ```ts
 * import { askSchema } from "@looop/cli";
 *
 * const ask = askSchema.parse({
 *   id: "a1b2c3",
 *   kind: "question",
 *   question: "Tea or coffee?",
 *   asked_at: "2026-11-23T09:30:00.000Z",
 *   run_id: "20261123t093000-1a2b3c4d",
 * });
 * console.log(ask.answer); // undefined: it is open
 * ```
 */
export const askSchema: Schema<Ask> = schema;
