import * as z from "zod/mini";
import { type AdmittedCommand, admittedCommandSchema } from "./action.ts";
import { type Access, accessSchema } from "./config.ts";
import { idSchema } from "./schema.ts";

/**
 * The state of a worker, from tmux, the process table and its files:
 *
 * - `running`: it is alive and does not wait
 * - `waiting`: it is alive and has a flag or an open ask
 * - `stuck`: it is alive, does not wait, and has printed nothing for `stuck_after` of the config
 * - `limited`: it is alive, and its agent has stopped at a usage limit; looop continues it once that ends
 * - `done`, `failed`: it ended with exit status 0, or another
 * - `killed`: looop ended it, for the user, a move or a budget
 * - `orphaned`: its process lives without a session (the tmux server was killed)
 * - `resuming`: it was lost; looop is about to continue the session of its agent
 * - `lost`: neither session nor process, and no recorded end (a reboot); looop does not continue it
 */
export type WorkerState =
  | "running"
  | "waiting"
  | "stuck"
  | "limited"
  | "done"
  | "failed"
  | "killed"
  | "orphaned"
  | "resuming"
  | "lost";

/** The states of a worker that has ended. */
export const ENDED_STATES: ReadonlySet<WorkerState> = new Set(["done", "failed", "killed", "lost"]);

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
  /** Name of the model that it was started with; absent: the config's, else the program's. */
  model?: string;
  /** The goal it serves. */
  goal: string | null;
  /** The run whose move started it; `null` if the user did. */
  run_id: string | null;
  /** A tainted decision started it, and so chose its id. */
  tainted?: true;
  /** Command that checks its work; runs once after its end. */
  verify: string | null;
  /** `verify` as it was admitted; older records have the next key instead, and bash reads `verify`. */
  verify_command?: AdmittedCommand | null;
  /** The access of the `verify` of an older record. */
  verify_access?: Access;
  /** The sandbox of its agent. */
  sandbox: "none" | "bwrap";
  /** The access of its agent in a sandbox, without that of its runner. Default: {@linkcode NO_ACCESS}. */
  access?: Access;
  /** The wrapper inside tmux; `null` until it was observed. */
  wrapper: ProcessMark | null;
}

/** `workers/<id>/worktree.json`: the worktree that looop makes for a worker; written before it is made. */
export interface Worktree {
  /** Its directory, absolute. */
  path: string;
  /** The repository: its own working tree, or a bare one; absolute, without symlinks. */
  repo: string;
  /** Its branch in that repository, such as `looop/fix`. */
  branch: string;
  /** The commit at which the branch began. */
  base: string;
  /**
   * - `worktree`: a linked worktree of the repository, made by `git worktree add`
   * - `clone`: of a worker in a sandbox, a clone that only reads the repository's objects; looop takes its commits over
   */
  kind: "worktree" | "clone";
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

/**
 * How a message reached a worker: with an answer, by `looop told`, by the hook of its program, typed into its session, or
 * when it wanted to end.
 */
export type ToldVia = "answer" | "told" | "hook" | "typed" | "kill";

/** `workers/<id>/messages/`: a message to a worker, a file each; `delivered.jsonl` has those that reached it. */
export interface Told {
  /** Sorts by age. */
  id: string;
  /** The message, as it was written. */
  text: string;
  /** The run whose move told it; `null`: the user did. */
  from: string | null;
  /** ISO 8601 in UTC. */
  at: string;
  /** When and how it reached the worker; absent: it is queued. */
  delivered?: { at: string; via: ToldVia };
}

const told = z.enum(["answer", "told", "hook", "typed", "kill"]);

/** Checks a message to a worker. */
export const toldSchema: z.ZodMiniType<Told> = z.strictObject({
  id: z.string(),
  text: z.string(),
  from: z.nullable(z.string()),
  at: z.string(),
  delivered: z.optional(z.strictObject({ at: z.string(), via: told })),
});

/** A worker with its current state. */
export interface Worker extends WorkerRecord {
  /** Its state. */
  state: WorkerState;
  /** Whether it has not ended: `running`, `waiting`, `stuck`, `limited`, `orphaned`, `resuming`. */
  alive: boolean;
  /** `null` while it is alive, and if unknown. */
  exit_code: number | null;
  /** Why looop stopped it, in one line; absent if looop did not. */
  why?: string;
  /** The user killed it. */
  killed?: true;
  /** Its flag; `null` if it has none. */
  flag: Flag | null;
  /** When it entered this state, as far as known, ISO 8601 in UTC. */
  since: string;
  /** When looop continues it, ISO 8601 in UTC; absent unless that is planned. */
  until?: string;
  /** Seconds since its last output; `null` if it is not alive. */
  idle_s: number | null;
  /** `null` if there is no `verify`, or it has not run yet. */
  verification: Verification | null;
  /** The number of messages that have not reached it; absent: none. */
  undelivered?: number;
  /** The worktree that looop made for it; absent: none. */
  worktree?: Worktree;
}

const pid = z.int().check(z.gt(0));

const mark = z.strictObject({ pid, started: z.string() });

/** Checks `workers/<id>/worker.json`. */
export const workerSchema: z.ZodMiniType<WorkerRecord> = z.strictObject({
  id: idSchema,
  generation: idSchema,
  started_at: z.string(),
  runner: z.string(),
  model: z.optional(z.string()),
  goal: z.nullable(z.string()),
  run_id: z.nullable(z.string()),
  tainted: z.optional(z.literal(true)),
  verify: z.nullable(z.string()),
  verify_command: z.optional(z.nullable(admittedCommandSchema)),
  verify_access: z.optional(accessSchema),
  verify_reads: z.optional(z.unknown()),
  // Older records lack it.
  sandbox: z._default(z.enum(["none", "bwrap"]), "none"),
  access: z.optional(accessSchema),
  wrapper: z.nullable(mark),
});

/** Checks `workers/<id>/worktree.json`. */
export const worktreeSchema: z.ZodMiniType<Worktree> = z.strictObject({
  path: z.string(),
  repo: z.string(),
  branch: z.string(),
  base: z.string(),
  kind: z.enum(["worktree", "clone"]),
});

/** Checks `workers/<id>/resumption.json`. */
export const resumptionSchema = z.strictObject({
  /** How often the worker was continued, or is about to be; it begins anew after an hour of work. */
  count: z.int(),
  /**
   * - `waiting`: it was lost, and is continued at `due`
   * - `stopping`: what is left of its session is being ended; the end that this records is not the worker's
   * - `starting`: the new session is being opened
   * - `begun`: it was continued; or it could not be, as often as is tried
   */
  phase: z.enum(["waiting", "stopping", "starting", "begun"]),
  /** When this phase began, ISO 8601 in UTC. */
  at: z.string(),
  /** When it is continued, ISO 8601 in UTC. */
  due: z.string(),
  /** Ids of the asks whose answers are in the first message of the last continuation. */
  answered: z.optional(z.array(idSchema)),
});

/** How far looop is in continuing a worker whose session ended unexpectedly. */
export type Resumption = z.infer<typeof resumptionSchema>;

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
   * - `verified`: so too, but its `verify` passed
   */
  how: z.enum(["exited", "killed", "ended_itself", "lost", "verified"]),
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
