import * as v from "valibot";
import type { Ask } from "./ask.ts";
import { idSchema } from "./id_schema.ts";
import { type Move, moveSchema } from "./move.ts";
import { recordOf } from "./record_of.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";
import { timeSchema } from "./time_schema.ts";

const schema = v.pipe(
  strictObject({
    id: idSchema,
    kind: v.picklist(["question", "approval"]),
    question: v.string(),
    options: v.optional(v.array(v.string())),
    ref: v.optional(v.string()),
    asked_at: v.string(),
    run_id: v.string(),
    worker: v.optional(idSchema),
    approval: v.optional(strictObject({
      move: v.custom<Move>((value) => moveSchema.safeParse(value).success, "is not a move"),
      move_sha256: v.string(),
      digests: recordOf(v.nullable(v.string())),
      preview: v.string(),
      expires_at: timeSchema,
      profile: v.optional(v.string()),
    })),
    tainted: v.optional(v.boolean()),
    hold: v.optional(strictObject({
      budget: v.picklist(["decides_per_hour", "usd_per_day", "unknown_cost"]),
      day: v.string(),
    })),
    answer: v.optional(strictObject({ text: v.string(), at: timeSchema })),
    closed_by: v.optional(v.string()),
  }),
  v.forward(
    // Or the answer to a question could make a move.
    v.check(
      ({ kind, approval }) => (kind === "approval") === (approval !== undefined),
      "must be approval where there is one, else question",
    ),
    ["kind"],
  ),
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
export const askSchema: Schema<Ask> = schemaOf(schema);
