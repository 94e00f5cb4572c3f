import * as v from "valibot";
import { wholeSchema } from "./number_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";

/** What making a move gave. */
export interface Outcome {
  /**
   * - `made`: it is done (a `run` that exited non-zero was made too: see `exit_code`)
   * - `asked`: it waits for a human's yes
   * - `denied`: policy refused it
   * - `failed`: it could not be made
   * - `interrupted`: a crash or a stop cut it off, and its result is unknown
   */
  status: "made" | "asked" | "denied" | "failed" | "interrupted";
  /** One line: what happened, or why not. */
  summary: string;
  /** Paths relative to the data dir that the move wrote or removed. */
  paths: string[];
  /**
   * Of a `write_goal`: the text that was written, where it is not the move's own. Of a `stop_worker`: what is now
   * news of the worker, as JSON.
   */
  content?: string;
  /** Of a `run`: the exit status, 128 + n when ended by signal n. */
  exit_code?: number;
  /** Of a `run`: the last 2,048 characters that it printed. */
  output_tail?: string;
  /** The ask or approval that was written. */
  ask_id?: string;
}

/** Checks `outcome.json` of a run. */
export const outcomeSchema: Schema<Outcome> = schemaOf(strictObject({
  status: v.picklist(["made", "asked", "denied", "failed", "interrupted"]),
  summary: v.string(),
  paths: v.array(v.string()),
  content: v.optional(v.string()),
  exit_code: v.optional(wholeSchema),
  output_tail: v.optional(v.string()),
  ask_id: v.optional(v.string()),
}));
