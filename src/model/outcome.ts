import * as z from "zod/mini";

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
export const outcomeSchema: z.ZodMiniType<Outcome> = z.strictObject({
  status: z.enum(["made", "asked", "denied", "failed", "interrupted"]),
  summary: z.string(),
  paths: z.array(z.string()),
  content: z.optional(z.string()),
  exit_code: z.optional(z.int()),
  output_tail: z.optional(z.string()),
  ask_id: z.optional(z.string()),
});
