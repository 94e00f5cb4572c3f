import * as z from "zod/mini";
import { holdSchema } from "./hold_note.ts";
import type { Schema } from "./schema.ts";
import type { Baseline, State } from "./state.ts";

/** Checks a baseline in a file. */
export const baselineSchema: z.ZodMiniType<Baseline> = z.record(
  z.string(),
  z.strictObject({
    sha256: z.string(),
    was: z.string(),
    untrusted: z.optional(z.literal(true)),
  }),
);

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
export const stateSchema: Schema<State> = z.strictObject({
  version: z.literal(1),
  baseline: z.nullable(baselineSchema),
  again: z.boolean(),
  fired: z.record(z.string(), z.string()),
  failure: z.nullable(z.strictObject({
    world: z.string(),
    count: z.int(),
    why: z.string(),
    at: z.string(),
  })),
  parked: z.nullable(z.strictObject({
    kind: z.enum(["failures", "auth", "rate_limit"]),
    why: z.string(),
    world: z.string(),
    config: z.string(),
    until: z.optional(z.string()),
  })),
  last_run: z.nullable(z.strictObject({
    run_id: z.string(),
    command: z.string(),
    exit_code: z.nullable(z.int()),
    output_tail: z.string(),
  })),
  // Older states lack these.
  tainted: z._default(z.boolean(), false),
  decided_at: z._default(z.nullable(z.string()), null),
  noop_at: z._default(z.nullable(z.string()), null),
  hold: z._default(z.nullable(holdSchema), null),
});
