import * as v from "valibot";
import type { Hold } from "./budget.ts";
import { holdSchema } from "./hold_schema.ts";
import { wholeSchema } from "./number_schema.ts";
import { recordOf } from "./record_of.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import type { State } from "./state.ts";
import { strictObject } from "./strict_object.ts";

/**
 * Checks `state.json`.
 *
 * @example
 * ```ts
 * import { stateSchema } from "@looop/cli";
 *
 * console.log(stateSchema.safeParse({ version: 2 }).success); // false
 * ```
 */
export const stateSchema: Schema<State> = schemaOf(strictObject({
  version: v.literal(1),
  baseline: v.nullable(recordOf(strictObject({
    sha256: v.string(),
    was: v.string(),
    untrusted: v.optional(v.literal(true)),
  }))),
  again: v.boolean(),
  fired: recordOf(v.string()),
  failure: v.nullable(strictObject({
    world: v.string(),
    count: wholeSchema,
    why: v.string(),
    at: v.string(),
  })),
  parked: v.nullable(strictObject({
    kind: v.picklist(["failures", "auth", "rate_limit"]),
    why: v.string(),
    world: v.string(),
    config: v.string(),
    until: v.optional(v.string()),
  })),
  last_run: v.nullable(strictObject({
    run_id: v.string(),
    command: v.string(),
    exit_code: v.nullable(wholeSchema),
    output_tail: v.string(),
  })),
  // Older states lack these.
  tainted: v.optional(v.boolean(), false),
  decided_at: v.nullish(v.string(), null),
  noop_at: v.nullish(v.string(), null),
  hold: v.nullish(
    v.custom<Hold>((value) => holdSchema.safeParse(value).success, "is no hold"),
    null,
  ),
}));
