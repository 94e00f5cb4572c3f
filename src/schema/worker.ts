import * as z from "zod/mini";
import { type Access, accessSchema, NO_ACCESS } from "./config.ts";
import { asWritten, idSchema } from "./schema.ts";

/**
 * How a worker stands, from tmux, the process table and its files:
 *
 * - `running`: its session lives and it waits for nobody
 * - `waiting`: it lives, and has raised its flag or asked something that is open
 * - `stuck`: it lives, waits for nobody, and has printed nothing for 15 minutes
 * - `done`, `failed`: it ended with exit status 0, or another
 * - `orphaned`: its process lives without a session (the tmux server was killed)
 * - `lost`: neither session nor process, and it never told how it ended (a reboot)
 */
export type WorkerState =
  | "running"
  | "waiting"
  | "stuck"
  | "done"
  | "failed"
  | "orphaned"
  | "lost";

/** A process, told from a later one with the same pid by its start time as `ps -o lstart=` gives it. */
export interface ProcessMark {
  /** Process id. */
  pid: number;
  /** When it started. */
  started: string;
}

/** `workers/<id>/worker.json`: written when a worker is started. */
export interface WorkerRecord {
  /** Its id. */
  id: string;
  /** Tells this worker from others that had its id: sorts by age, is unique. */
  generation: string;
  /** ISO 8601 in UTC. */
  started_at: string;
  /** Name of the runner. */
  runner: string;
  /** The goal it serves. */
  goal: string | null;
  /** The run whose move started it; `null`: a person did. */
  run_id: string | null;
  /** Command that tells whether what it did is right; run once after its end. */
  verify: string | null;
  /** What that may do in a sandbox beyond reading, and which environment variables it gets. */
  verify_access: Access;
  /** What its agent runs in. */
  sandbox: "none" | "bwrap";
  /** The wrapper inside tmux, and `script` under it; `null` until they were seen. */
  wrapper: ProcessMark | null;
}

/** `workers/<id>/flag.json`: the worker waits for a human. */
export interface Flag {
  /** What it waits for, for a person to read. */
  note: string;
  /** ISO 8601 in UTC. */
  at: string;
  /** The ask that raised it: its answer takes the flag down again. */
  ask?: string;
}

/** How the `verify` command of a worker ended. */
export interface Verification {
  /** It ended with status 0. */
  passed: boolean;
  /** 128 + n when ended by signal n. */
  exit_code: number;
  /** The last 2,048 characters that it printed. */
  output_tail: string;
}

/** A worker as it stands now. */
export interface Worker extends WorkerRecord {
  /** How it stands. */
  state: WorkerState;
  /** Whether any process of it lives: `running`, `waiting`, `stuck`, `orphaned`. */
  alive: boolean;
  /** `null` while it lives, and when nobody knows. */
  exit_code: number | null;
  /** Why looop itself stopped it, in one line; absent: it did not. */
  why?: string;
  /** Its raised flag; `null` when it is down. */
  flag: Flag | null;
  /** ISO 8601 in UTC: when it came into this state, as far as files tell. */
  since: string;
  /** Seconds since it last printed something; `null` when it does not live. */
  idle_s: number | null;
  /** `null`: there is no `verify`, or it has not run yet. */
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
