import { z } from "zod";
import { type Access, accessSchema, NO_ACCESS } from "./access.ts";
import { type Move, moveSchema } from "./move.ts";
import type { Schema } from "./schema.ts";
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

const access = z.custom<Access>((value) => accessSchema.safeParse(value).success, "is no access");

/** Checks the intent file. */
export const intentSchema: Schema<Intent> = strictObject({
  run_id: z.string(),
  at: timeSchema,
  by: z.enum(["approval", "rule", "runner", "code"]),
  source: z.string(),
  move: z.custom<Move>((value) => moveSchema.safeParse(value).success, "is not a move"),
  verdict: strictObject({
    then: z.enum(["allow", "ask", "deny"]),
    rule: z.string(),
    why: z.string(),
  }),
  argv: z.array(z.string()).nullable(),
  tainted: z.boolean(),
  // An intent of an older looop lacks these.
  access: access.default(NO_ACCESS),
  verify_access: access.default(NO_ACCESS),
  digests: z.record(z.string(), z.string().nullable()),
  world: z.string(),
  baseline: z.record(
    z.string(),
    strictObject({ sha256: z.string(), was: z.string(), untrusted: z.literal(true).optional() }),
  ).nullable(),
  fired: z.record(z.string(), z.string()).nullable(),
  closes: z.array(z.string()),
  ended: z.array(strictObject({ id: z.string(), generation: z.string() })).default([]),
  journal_bytes: z.number().int().min(0),
});
