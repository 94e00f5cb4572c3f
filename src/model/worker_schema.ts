import * as v from "valibot";
import { type Access, accessSchema, NO_ACCESS } from "./access.ts";
import { idSchema } from "./id_schema.ts";
import { wholeSchema } from "./number_schema.ts";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";
import type { TmuxServer } from "./tmux_server.ts";
import type { Verification, WorkerRecord } from "./worker.ts";
import type { WorkerEnd } from "./worker_end.ts";

const pid = v.pipe(wholeSchema, v.gtValue(0));

const mark = strictObject({ pid, started: v.string() });

/** Checks `workers/<id>/worker.json`. */
export const workerSchema: Schema<WorkerRecord> = schemaOf(strictObject({
  id: idSchema,
  generation: idSchema,
  started_at: v.string(),
  runner: v.string(),
  goal: v.nullable(v.string()),
  run_id: v.nullable(v.string()),
  verify: v.nullable(v.string()),
  // A record of an older looop lacks these.
  verify_access: v.optional(
    v.custom<Access>((value) => accessSchema.safeParse(value).success, "is no access"),
    NO_ACCESS,
  ),
  sandbox: v.optional(v.picklist(["none", "bwrap"]), "none"),
  wrapper: v.nullable(mark),
}));

/** Checks `workers/<id>/exit.json` and `killing.json`. */
export const workerEndSchema: Schema<WorkerEnd> = schemaOf(strictObject({
  exit_code: v.nullable(wholeSchema),
  at: v.string(),
  how: v.picklist(["exited", "killed", "ended_itself", "lost"]),
  why: v.optional(v.string()),
}));

/** Checks `workers/<id>/verification.json`. */
export const verificationSchema: Schema<Verification> = schemaOf(strictObject({
  passed: v.boolean(),
  exit_code: wholeSchema,
  output_tail: v.string(),
}));

/** Checks `.looop/tmux.json`. */
export const tmuxServerSchema: Schema<TmuxServer> = schemaOf(strictObject({
  socket: v.string(),
  pid,
}));
