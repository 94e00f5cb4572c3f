import * as v from "valibot";
import { type Access, accessSchema, NO_ACCESS } from "./access.ts";
import { type Move, moveSchema } from "./move.ts";
import { wholeSchema } from "./number_schema.ts";
import { recordOf } from "./record_of.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import type { Baseline } from "./state.ts";
import { strictObject } from "./strict_object.ts";
import { timeSchema } from "./time_schema.ts";
import type { Verdict } from "./verdict.ts";
import type { WorkerRecord } from "./worker.ts";

/** A worker that ended, told from others that had or will have its id. */
export type EndedWorker = Pick<WorkerRecord, "id" | "generation">;

/**
 * All that is needed to make a move and write it down, noted before either: after a crash the next tick
 * finishes from it.
 */
export interface Intent {
  run_id: string;
  /** ISO 8601 in UTC: the time of the journal line. */
  at: string;
  by: "approval" | "rule" | "runner" | "code";
  source: string;
  move: Move;
  verdict: Verdict;
  /** Of a `run` with a simple command: what is started, without a shell. */
  argv: string[] | null;
  /** Outside text could have shaped the decision. */
  tainted: boolean;
  /** What the command of a `run`, or the worker of a `start_worker`, may do beyond reading. */
  access: Access;
  /** The same for the `verify` of a `start_worker`. */
  verify_access: Access;
  /** Path relative to the data dir → SHA-256 that the decider saw; `null`: it saw no file there. */
  digests: Record<string, string | null>;
  /** Hash of the world that was decided on. */
  world: string;
  /** That world; `null` where the move was not decided on a world (an approved or forced one). */
  baseline: Baseline | null;
  /** Fired rules to remember; `null`: leave them as they are. */
  fired: Record<string, string> | null;
  /** Asks whose answers this decision saw, or the approval that it uses up: they are closed. */
  closes: string[];
  /** Workers whose end this decision saw: they are archived. */
  ended: EndedWorker[];
  /** Length of `journal.md` in bytes before this move's line. */
  journal_bytes: number;
}

const access = v.custom<Access>((value) => accessSchema.safeParse(value).success, "is no access");

/** Checks the intent file. */
export const intentSchema: Schema<Intent> = schemaOf(strictObject({
  run_id: v.string(),
  at: timeSchema,
  by: v.picklist(["approval", "rule", "runner", "code"]),
  source: v.string(),
  move: v.custom<Move>((value) => moveSchema.safeParse(value).success, "is not a move"),
  verdict: strictObject({
    then: v.picklist(["allow", "ask", "deny"]),
    rule: v.string(),
    why: v.string(),
  }),
  argv: v.nullable(v.array(v.string())),
  tainted: v.boolean(),
  // An intent of an older looop lacks these.
  access: v.optional(access, NO_ACCESS),
  verify_access: v.optional(access, NO_ACCESS),
  digests: recordOf(v.nullable(v.string())),
  world: v.string(),
  baseline: v.nullable(recordOf(strictObject({
    sha256: v.string(),
    was: v.string(),
    untrusted: v.optional(v.literal(true)),
  }))),
  fired: v.nullable(recordOf(v.string())),
  closes: v.array(v.string()),
  ended: v.optional(
    v.array(strictObject({ id: v.string(), generation: v.string() })),
    [],
  ),
  journal_bytes: v.pipe(wholeSchema, v.minValue(0)),
}));
