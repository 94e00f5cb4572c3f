import { z } from "zod";
import type { Hold } from "./budget.ts";
import { holdSchema } from "./hold_schema.ts";
import type { Schema } from "./schema.ts";
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
export const stateSchema: Schema<State> = strictObject({
  version: z.literal(1),
  baseline: z.record(
    z.string(),
    strictObject({ sha256: z.string(), was: z.string(), untrusted: z.literal(true).optional() }),
  ).nullable(),
  again: z.boolean(),
  fired: z.record(z.string(), z.string()),
  failure: strictObject({
    world: z.string(),
    count: z.number().int(),
    why: z.string(),
    at: z.string(),
  }).nullable(),
  parked: strictObject({
    kind: z.enum(["failures", "auth", "rate_limit"]),
    why: z.string(),
    world: z.string(),
    config: z.string(),
    until: z.string().optional(),
  }).nullable(),
  last_run: strictObject({
    run_id: z.string(),
    command: z.string(),
    exit_code: z.number().int().nullable(),
    output_tail: z.string(),
  }).nullable(),
  // Older states lack these.
  tainted: z.boolean().default(false),
  decided_at: z.string().nullable().default(null),
  noop_at: z.string().nullable().default(null),
  hold: z.custom<Hold>((value) => holdSchema.safeParse(value).success, "is no hold")
    .nullable().default(null),
});
