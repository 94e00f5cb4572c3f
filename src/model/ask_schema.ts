import * as z from "zod/mini";
import type { Ask } from "./ask.ts";
import { moveSchema } from "./move.ts";
import { asWritten, idSchema, type Schema, utcTimeSchema } from "./schema.ts";

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
export const askSchema: Schema<Ask> = z.strictObject({
  id: idSchema,
  kind: z.enum(["question", "approval"]),
  question: z.string(),
  options: z.optional(z.array(z.string())),
  ref: z.optional(z.string()),
  asked_at: z.string(),
  run_id: z.string(),
  worker: z.optional(idSchema),
  approval: z.optional(z.strictObject({
    move: asWritten(moveSchema),
    move_sha256: z.string(),
    digests: z.record(z.string(), z.nullable(z.string())),
    preview: z.string(),
    expires_at: utcTimeSchema,
    profile: z.optional(z.string()),
  })),
  tainted: z.optional(z.boolean()),
  hold: z.optional(z.strictObject({
    budget: z.enum(["decides_per_hour", "usd_per_day", "unknown_cost"]),
    day: z.string(),
  })),
  answer: z.optional(z.strictObject({ text: z.string(), at: utcTimeSchema })),
  closed_by: z.optional(z.string()),
}).check(
  // Otherwise the answer to a question could approve a move.
  z.refine(({ kind, approval }) => (kind === "approval") === (approval !== undefined), {
    error: "must be `approval` if there is an `approval`, otherwise `question`",
    path: ["kind"],
  }),
);
