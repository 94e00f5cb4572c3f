import * as v from "valibot";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
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
export const owedCommitsSchema: Schema<OwedCommit[]> = schemaOf(v.array(strictObject({
  run_id: v.string(),
  message: v.string(),
  paths: v.array(v.string()),
})));
