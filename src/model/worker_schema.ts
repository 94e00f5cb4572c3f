import { z } from "zod";
import { type Access, accessSchema, NO_ACCESS } from "./access.ts";
import { idSchema } from "./id_schema.ts";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";
import type { TmuxServer } from "./tmux_server.ts";
import type { Verification, WorkerRecord } from "./worker.ts";
import type { WorkerEnd } from "./worker_end.ts";

const mark = strictObject({ pid: z.number().int().positive(), started: z.string() });

/** Checks `workers/<id>/worker.json`. */
export const workerSchema: Schema<WorkerRecord> = strictObject({
  id: idSchema,
  generation: idSchema,
  started_at: z.string(),
  runner: z.string(),
  goal: z.string().nullable(),
  run_id: z.string().nullable(),
  verify: z.string().nullable(),
  // A record of an older looop lacks these.
  verify_access: z.custom<Access>((value) => accessSchema.safeParse(value).success, "is no access")
    .default(NO_ACCESS),
  sandbox: z.enum(["none", "bwrap"]).default("none"),
  wrapper: mark.nullable(),
});

/** Checks `workers/<id>/exit.json` and `killing.json`. */
export const workerEndSchema: Schema<WorkerEnd> = strictObject({
  exit_code: z.number().int().nullable(),
  at: z.string(),
  how: z.enum(["exited", "killed", "ended_itself", "lost"]),
  why: z.string().optional(),
});

/** Checks `workers/<id>/verification.json`. */
export const verificationSchema: Schema<Verification> = strictObject({
  passed: z.boolean(),
  exit_code: z.number().int(),
  output_tail: z.string(),
});

/** Checks `.looop/tmux.json`. */
export const tmuxServerSchema: Schema<TmuxServer> = strictObject({
  socket: z.string(),
  pid: z.number().int().positive(),
});
