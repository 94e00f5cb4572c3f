import * as z from "zod/mini";
import { admittedActionSchema, NO_ACTION } from "./action.ts";
import { moveSchema } from "./move.ts";
import { asWritten, utcTimeSchema } from "./schema.ts";
import { firedSchema } from "./failing.ts";
import { handledSlotSchema } from "./schedule.ts";
import { baselineSchema } from "./state.ts";

/** Checks the intent file. */
export const intentSchema = z.strictObject({
  run_id: z.string(),
  /** ISO 8601 in UTC: the time of the journal line. */
  at: utcTimeSchema,
  by: z.enum(["approval", "rule", "schedule", "runner", "code"]),
  source: z.string(),
  move: asWritten(moveSchema),
  verdict: z.strictObject({
    then: z.enum(["allow", "ask", "deny"]),
    rule: z.string(),
    why: z.string(),
  }),
  /** What is run and shown. Older intents have other keys instead: what they would start is not started. */
  action: z._default(admittedActionSchema, NO_ACTION),
  /** Untrusted input could have influenced the decision. */
  tainted: z.boolean(),
  /** `<goal>/<rule>` of a rule whose `when` describes a state: what it asks is withdrawn once that is over. */
  rule: z.optional(z.string()),
  /** It ends a goal whose `done` holds: all else is still to be decided. */
  ends: z.optional(z.literal(true)),
  /** Of a move that needs approval: what the user is shown. Older intents lack it. */
  preview: z.optional(z.string()),
  /** Path relative to the data dir → SHA-256 that the decider saw; `null`: it saw no file there. */
  digests: z.record(z.string(), z.nullable(z.string())),
  /** Hash of the world that was decided on. */
  world: z.string(),
  /** That world; `null` where the move was not decided on a world (an approved or forced one). */
  baseline: z.nullable(baselineSchema),
  /** Fired rules to remember; `null`: leave them as they are. */
  fired: z.nullable(firedSchema),
  /** Asks whose answers this decision saw, or the approval that it uses up: they are closed. */
  closes: z.array(z.string()),
  /** Workers whose end this decision saw: they are archived. Older intents lack this key. */
  ended: z._default(z.array(z.strictObject({ id: z.string(), generation: z.string() })), []),
  /** Slots of schedules that this move handles. Older intents lack this key. */
  slots: z._default(z.array(handledSlotSchema), []),
  /** Length of `journal.md` in bytes before this move's line. */
  journal_bytes: z.int().check(z.minimum(0)),
  // Of older intents.
  ...{ argv: z.optional(z.unknown()), reads: z.optional(z.unknown()) },
  ...{ access: z.optional(z.unknown()), verify_access: z.optional(z.unknown()) },
  verify_reads: z.optional(z.unknown()),
});

/**
 * All that is needed to apply a move and record it, written before either: after a crash the next tick
 * finishes from it.
 */
export type Intent = z.infer<typeof intentSchema>;
