import * as z from "zod/mini";
import { anyTimeSchema, idSchema } from "./schema.ts";

/** Checks `claims/<name>.json`; other keys are allowed, since workers and users write such files by hand. */
export const claimFileSchema = z.object({ session: idSchema, since: anyTimeSchema });
