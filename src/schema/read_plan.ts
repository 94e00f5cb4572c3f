import * as z from "zod/mini";

/**
 * A command of the read-only list, as policy judged it. Its paths are spellings: what they lead to is resolved when it
 * starts.
 */
export interface ReadPlan {
  /** The program and its arguments; of `git`, without `-C` and `--no-pager`. */
  argv: string[];
  /** The directory to start it in, absolute, as the command spells it: the data directory, or that of `git -C`. */
  dir: string;
  /** The places in `argv` of operands that name files of the data directory. */
  files: number[];
}

/** Checks a {@linkcode ReadPlan}. */
export const readPlanSchema: z.ZodMiniType<ReadPlan> = z.strictObject({
  argv: z.array(z.string()),
  dir: z.string(),
  files: z.array(z.int()),
});
