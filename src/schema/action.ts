import * as z from "zod/mini";
import { type Access, accessSchema } from "./config.ts";

/** One command as policy admitted it. All that starts it, checks it or shows it has only this. */
export interface AdmittedCommand {
  /** What is started: the words of a simple command, which no shell sees, or `bash -c TEXT`. Of `git`, without `-C`. */
  argv: string[];
  /** Whether they are the command's own words. */
  simple: boolean;
  /** The directory to start it in, absolute: the real data directory, or that of `git -C` as the command spells it. */
  cwd: string;
  /** What it may do beyond reading, and the names of its variables beside the usual ones. */
  access: Access;
  /**
   * Of a command that only reads: the places in `argv` of operands that name files of the data directory. They are
   * resolved when it starts, under its guards and limits. `null` for any other command.
   */
  reads: number[] | null;
  /**
   * The files and directories (with a `/` at the end) of the data directory that it names → their digest, `null` where
   * nothing is, empty where there is too much to read, or no file; {@linkcode ANY_CONTENT} where they may change.
   */
  files: Record<string, string | null>;
}

/** In place of a digest: looop cannot rely on what is there, and says so where it shows the command. */
export const ANY_CONTENT = "any";

/** A worker as policy admitted it. */
export interface AdmittedWorker {
  /** Its id, the name of its session. */
  id: string;
  /** The name of its runner; `auto` only if none is installed. */
  runner: string;
  /** Name of the model, for a preset; `null`: the config's, else the program's. */
  model: string | null;
  /** The runner's own command from the config; `null` for a preset. */
  command: string | null;
  /** What it may do, with what its runner adds. */
  access: Access;
  /** Its task. */
  prompt: string;
  /** The goal that it serves. */
  goal: string | null;
  /** The git repository of which it gets a worktree, absolute and without symlinks; `null`: none. */
  repo: string | null;
}

/** A file as a move leaves it. */
export interface AdmittedWrite {
  /** Relative to the data directory. */
  path: string;
  /** `null`: the file is removed. */
  content: string | null;
}

/** What a move does that starts no program and writes no file of the user, as policy admitted it. */
export type AdmittedEffect =
  | { kind: "noop"; reason: string }
  | { kind: "archive_goal"; id: string }
  | { kind: "stop_worker"; id: string; reason: string }
  | { kind: "tell_worker"; id: string; text: string }
  | { kind: "ask"; question: string; options?: string[]; ref?: string };

/** What a move would do, as policy admitted it: all of it, and nothing else is run, written or shown. */
export interface AdmittedAction {
  /** Where commands and workers run. */
  sandbox: "none" | "bwrap";
  /** Of a `run`. */
  command: AdmittedCommand | null;
  /** Of a `start_worker` with `verify`. */
  verify: AdmittedCommand | null;
  /** Of a `start_worker`. */
  worker: AdmittedWorker | null;
  /** Of a move that writes or removes a file of the data directory. */
  write: AdmittedWrite | null;
  /** Of a `write_sensor`: the words of the header that will apply, or why there are none. */
  header: string[] | string | null;
  /** Of any other move. */
  effect: AdmittedEffect | null;
}

/** An action that does nothing. */
export const NO_ACTION: AdmittedAction = {
  ...{ sandbox: "none", command: null, verify: null, worker: null, write: null, header: null },
  effect: null,
};

/** Checks an {@linkcode AdmittedCommand}. */
export const admittedCommandSchema: z.ZodMiniType<AdmittedCommand> = z.strictObject({
  argv: z.array(z.string()).check(z.minLength(1)),
  simple: z.boolean(),
  cwd: z.string(),
  access: accessSchema,
  reads: z.nullable(z.array(z.int())),
  files: z.record(z.string(), z.nullable(z.string())),
});

const effectSchema: z.ZodMiniType<AdmittedEffect> = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("noop"), reason: z.string() }),
  z.strictObject({ kind: z.literal("archive_goal"), id: z.string() }),
  z.strictObject({ kind: z.literal("stop_worker"), id: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal("tell_worker"), id: z.string(), text: z.string() }),
  z.strictObject({
    ...{ kind: z.literal("ask"), question: z.string() },
    ...{ options: z.optional(z.array(z.string())), ref: z.optional(z.string()) },
  }),
]);

/** Checks an {@linkcode AdmittedAction}. */
export const admittedActionSchema: z.ZodMiniType<AdmittedAction> = z.strictObject({
  sandbox: z.enum(["none", "bwrap"]),
  command: z.nullable(admittedCommandSchema),
  verify: z.nullable(admittedCommandSchema),
  worker: z.nullable(z.strictObject({
    ...{ id: z.string(), runner: z.string(), command: z.nullable(z.string()) },
    model: z._default(z.nullable(z.string()), null),
    ...{ access: accessSchema, prompt: z.string(), goal: z.nullable(z.string()) },
    // Older ones lack it.
    repo: z._default(z.nullable(z.string()), null),
  })),
  write: z.nullable(z.strictObject({ path: z.string(), content: z.nullable(z.string()) })),
  header: z.nullable(z.union([z.string(), z.array(z.string())])),
  // Older intents lack it.
  effect: z._default(z.nullable(effectSchema), null),
});
