import * as z from "zod/mini";
import { accessSchema, NO_ACCESS } from "./access.ts";
import { asWritten, idSchema } from "./schema.ts";
import type { Flag, Verification, WorkerRecord } from "./worker.ts";

const pid = z.int().check(z.gt(0));

const mark = z.strictObject({ pid, started: z.string() });

/** Checks `workers/<id>/worker.json`. */
export const workerSchema: z.ZodMiniType<WorkerRecord> = z.strictObject({
  id: idSchema,
  generation: idSchema,
  started_at: z.string(),
  runner: z.string(),
  goal: z.nullable(z.string()),
  run_id: z.nullable(z.string()),
  verify: z.nullable(z.string()),
  // Older records lack these two.
  verify_access: z._default(asWritten(accessSchema), NO_ACCESS),
  sandbox: z._default(z.enum(["none", "bwrap"]), "none"),
  wrapper: z.nullable(mark),
});

/** Checks `workers/<id>/exit.json` and `killing.json`. */
export const workerEndSchema = z.strictObject({
  /** 128 + n when ended by signal n; `null`: unknown, the worker is `lost`. */
  exit_code: z.nullable(z.int()),
  /** ISO 8601 in UTC. */
  at: z.string(),
  /**
   * - `exited`: its command ended
   * - `killed`: by `looop kill` or a move
   * - `ended_itself`: by `looop kill` from inside, by which a worker reports that it is done
   * - `lost`: it ended unexpectedly, such as in a crash or reboot
   */
  how: z.enum(["exited", "killed", "ended_itself", "lost"]),
  /** Why looop itself stopped it, in one line; absent: it did not. */
  why: z.optional(z.string()),
});

/** How a worker ended. While looop kills one, `killing.json` has the end that it will have. */
export type WorkerEnd = z.infer<typeof workerEndSchema>;

/** Checks `workers/<id>/verification.json`. */
export const verificationSchema: z.ZodMiniType<Verification> = z.strictObject({
  passed: z.boolean(),
  exit_code: z.int(),
  output_tail: z.string(),
});

/** Checks `workers/<id>/flag.json`. */
export const flagSchema: z.ZodMiniType<Flag> = z.strictObject({
  note: z.string(),
  at: z.string(),
  ask: z.optional(idSchema),
});

/** Checks `.looop/tmux.json`. */
export const tmuxServerSchema = z.strictObject({
  /** Where it listens. Kept, since another environment would name another place. */
  socket: z.string(),
  pid,
});

/** The tmux server of a profile. */
export type TmuxServer = z.infer<typeof tmuxServerSchema>;
