import * as z from "zod/mini";
import { anyTimeSchema, idSchema } from "./schema.ts";

/** `claims/<name>.json`: the lease by which a worker owns a task. Users may write it by hand. */
export interface Claim {
  /** The file name without `.json`. */
  name: string;
  /** Id of the worker that owns the task. */
  session: string;
  /** ISO 8601 in UTC. */
  since: string;
}

/** Checks `claims/<name>.json`; other keys are allowed, since workers and users write such files by hand. */
export const claimFileSchema = z.object({ session: idSchema, since: anyTimeSchema });
