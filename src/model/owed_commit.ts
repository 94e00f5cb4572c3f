import { z } from "zod";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

/** A commit of what a run wrote, that git has not taken yet. */
export interface OwedCommit {
  /** The run: it stands in the trailer `Looop-Run`. */
  run_id: string;
  /** The subject. */
  message: string;
  /** What the run wrote or removed, relative to the data directory. */
  paths: string[];
}

/** Checks `.looop/owed_commits.json`: oldest first. */
export const owedCommitsSchema: Schema<OwedCommit[]> = z.array(strictObject({
  run_id: z.string(),
  message: z.string(),
  paths: z.array(z.string()),
}));
