import * as z from "zod/mini";
import { anyTimeSchema, idSchema } from "./schema.ts";

/** `claims/<name>.json`: a lease by which a worker owns a task. May be written by hand as well. */
export interface Claim {
  /** The file name without `.json`. */
  name: string;
  /** Id of the worker that holds it. */
  session: string;
  /** ISO 8601 in UTC. */
  since: string;
}

/** Checks `claims/<name>.json`; other keys are allowed, since workers and users write such files by hand. */
export const claimFileSchema = z.object({ session: idSchema, since: anyTimeSchema });
