import * as z from "zod/mini";
import { accessSchema, NO_ACCESS } from "./config.ts";
import { moveSchema } from "./move.ts";
import { readPlanSchema } from "./read_plan.ts";
import { asWritten, utcTimeSchema } from "./schema.ts";
import { firedSchema } from "./failing.ts";
import { baselineSchema } from "./state.ts";

/** Checks the intent file. */
export const intentSchema = z.strictObject({
  run_id: z.string(),
  /** ISO 8601 in UTC: the time of the journal line. */
  at: utcTimeSchema,
  by: z.enum(["approval", "rule", "runner", "code"]),
  source: z.string(),
  move: asWritten(moveSchema),
  verdict: z.strictObject({
    then: z.enum(["allow", "ask", "deny"]),
    rule: z.string(),
    why: z.string(),
  }),
  /** Of a `run` with a simple command: what is started, without a shell, unless `reads` has others. */
  argv: z.nullable(z.array(z.string())),
  /** Of a `run` with a command on the read-only list: how it is started. Older intents lack it and `verify_reads`. */
  reads: z._default(z.nullable(readPlanSchema), null),
  /** Untrusted input could have influenced the decision. */
  tainted: z.boolean(),
  /** `<goal>/<rule>` of a rule whose `when` describes a state: what it asks is withdrawn once that is over. */
  rule: z.optional(z.string()),
  /**
   * What the command of a `run`, or the worker of a `start_worker`, may do beyond reading. Older intents lack this
   * key and the next one.
   */
  access: z._default(accessSchema, NO_ACCESS),
  /** The same for the `verify` of a `start_worker`. */
  verify_access: z._default(accessSchema, NO_ACCESS),
  /** Of a `start_worker` whose `verify` is on the read-only list: how that is started. */
  verify_reads: z._default(z.nullable(readPlanSchema), null),
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
  /** Length of `journal.md` in bytes before this move's line. */
  journal_bytes: z.int().check(z.minimum(0)),
});

/**
 * All that is needed to apply a move and record it, written before either: after a crash the next tick
 * finishes from it.
 */
export type Intent = z.infer<typeof intentSchema>;
