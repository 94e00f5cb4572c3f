import * as z from "zod/mini";
import { type Access, accessSchema, NO_ACCESS } from "./config.ts";
import { type ReadPlan, readPlanSchema } from "./read_plan.ts";
import { idSchema } from "./schema.ts";

/**
 * The state of a worker, from tmux, the process table and its files:
 *
 * - `running`: it is alive and does not wait
 * - `waiting`: it is alive and has a flag or an open ask
 * - `stuck`: it is alive, does not wait, and has printed nothing for 15 minutes
 * - `done`, `failed`: it ended with exit status 0, or another
 * - `orphaned`: its process lives without a session (the tmux server was killed)
 * - `lost`: neither session nor process, and no recorded end (a reboot)
 */
export type WorkerState =
  | "running"
  | "waiting"
  | "stuck"
  | "done"
  | "failed"
  | "orphaned"
  | "lost";

/** A process. Its start time, as printed by `ps -o lstart=`, distinguishes it from a later one with the same pid. */
export interface ProcessMark {
  /** Process id. */
  pid: number;
  /** When it started. */
  started: string;
}

/** `workers/<id>/worker.json`: written when a worker starts. */
export interface WorkerRecord {
  /** Its id. */
  id: string;
  /** Distinguishes this worker from others with its id: unique, sorts by age. */
  generation: string;
  /** ISO 8601 in UTC. */
  started_at: string;
  /** Name of the runner. */
  runner: string;
  /** The goal it serves. */
  goal: string | null;
  /** The run whose move started it; `null` if the user did. */
  run_id: string | null;
  /** A tainted decision started it, and so chose its id. */
  tainted?: true;
  /** Command that checks its work; runs once after its end. */
  verify: string | null;
  /** The access of the `verify` command. */
  verify_access: Access;
  /** How `verify` is started, if a move started the worker and policy found it on the read-only list. */
  verify_reads?: ReadPlan | null;
  /** The sandbox of its agent. */
  sandbox: "none" | "bwrap";
  /** The wrapper inside tmux; `null` until it was observed. */
  wrapper: ProcessMark | null;
}

/** `workers/<id>/flag.json`: the worker waits for the user. */
export interface Flag {
  /** What it waits for, as shown to the user. */
  note: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** The ask that raised it: the answer clears the flag. */
  ask?: string;
}

/** The end of the `verify` command of a worker. */
export interface Verification {
  /** Whether it ended with status 0. */
  passed: boolean;
  /** 128 + n if ended by signal n. */
  exit_code: number;
  /** The last 2,048 characters that it printed. */
  output_tail: string;
}

/** A worker with its current state. */
export interface Worker extends WorkerRecord {
  /** Its state. */
  state: WorkerState;
  /** Whether it has a living process: `running`, `waiting`, `stuck`, `orphaned`. */
  alive: boolean;
  /** `null` while it is alive, and if unknown. */
  exit_code: number | null;
  /** Why looop stopped it, in one line; absent if looop did not. */
  why?: string;
  /** Its flag; `null` if it has none. */
  flag: Flag | null;
  /** When it entered this state, as far as known, ISO 8601 in UTC. */
  since: string;
  /** Seconds since its last output; `null` if it is not alive. */
  idle_s: number | null;
  /** `null` if there is no `verify`, or it has not run yet. */
  verification: Verification | null;
}

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
  tainted: z.optional(z.literal(true)),
  verify: z.nullable(z.string()),
  // Older records lack these two.
  verify_access: z._default(accessSchema, NO_ACCESS),
  verify_reads: z.optional(z.nullable(readPlanSchema)),
  sandbox: z._default(z.enum(["none", "bwrap"]), "none"),
  wrapper: z.nullable(mark),
});

/** Checks `workers/<id>/exit.json` and `killing.json`. */
export const workerEndSchema = z.strictObject({
  /** 128 + n if ended by signal n; `null` if unknown, for a `lost` worker. */
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
  /** Why looop stopped it, in one line; absent if looop did not. */
  why: z.optional(z.string()),
});

/** The end of a worker. While looop kills one, `killing.json` has its future end. */
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
  /** Its socket, recorded because it depends on the environment. */
  socket: z.string(),
  pid,
});

/** The tmux server of a profile. */
export type TmuxServer = z.infer<typeof tmuxServerSchema>;
