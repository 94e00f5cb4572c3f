import * as z from "zod/mini";

/** Checks `.looop/owed_commits.json`: oldest first. */
export const owedCommitsSchema = z.array(z.strictObject({
  /** The run: the trailer `Looop-Run` names it. */
  run_id: z.string(),
  /** The subject. */
  message: z.string(),
  /** What the run wrote or removed, relative to the data directory. */
  paths: z.array(z.string()),
}));

/** A commit of what a run wrote, that git has not taken yet. */
export type OwedCommit = z.infer<typeof owedCommitsSchema>[number];
