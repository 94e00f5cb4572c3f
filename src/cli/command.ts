import type { Terminal } from "../os/terminal.ts";
import type { Profile, ProfileOptions } from "../profile/profile.ts";
import { UsageError } from "../schema/errors.ts";
import { nearest } from "../schema/text.ts";
import { completeCommand, completionsCommand } from "./completion.ts";
import { helpCommand, versionCommand } from "./help.ts";

/** Exit status: the command did what it was asked for. */
export const OK = 0;
/** Exit status: the command failed. */
export const FAILED = 1;
/** Exit status: the command line or the config is wrong. */
export const WRONG_USAGE = 2;

/** What a command gets when it runs. */
export interface CommandContext {
  /** Positional arguments. */
  words: string[];
  /** Names of the switches that were given, without dashes. */
  switches: ReadonlySet<string>;
  /** Values of the options that were given, by name without dashes. */
  options: ReadonlyMap<string, string>;
  /** Values of the lists that were given, in their order, by name without dashes. */
  lists: ReadonlyMap<string, string[]>;
  terminal: Terminal;
  /** Fires when looop is told to stop. */
  signal: AbortSignal;
  /** Opens the profile that the environment names; its warnings go to stderr. */
  open(options?: Pick<ProfileOptions, "onBadConfig">): Promise<Profile>;
}

/** The subcommands of a command, by name. */
export type Verbs = Readonly<Record<string, () => Command>>;

/** One command of the command line. */
export interface Command {
  /** How it is typed, such as `looop tick [--json] [--dry-run] [--wait[=S]]`. */
  usage: string;
  /** Names of its switches, without dashes; `--help` goes without saying. */
  switches: string[];
  /** Names of its options that take a value, without dashes. Default: none. */
  options?: string[];
  /**
   * Names of its options whose value may be left out, without dashes: it stands behind `=`, and is empty without.
   * Default: none.
   */
  optionals?: string[];
  /** What its positional arguments are, for the shell to complete. Default: nothing that could be guessed. */
  completes?: CompleteWord;
  /** The same of options that take a value, by name. */
  completesOptions?: Readonly<Record<string, Completes>>;
  /** Names of its options that may be given again and again, without dashes. Default: none. */
  lists?: string[];
  /** How many positional arguments it takes. */
  words: { least: number; most: number };
  /** Its verbs by name, each a command of its own with its own options: then it is never run itself. Default: none. */
  verbs?: Verbs;
  /** It prints looop's own words alone, in which there is nothing to mask: making a mask takes 2 ms. Default `false`. */
  ownWords?: boolean;
  /** Gives the exit status; throws what {@linkcode runCli} then reports. */
  run(context: CommandContext): number | Promise<number>;
}

/** Every command by name, loaded only when it is used: each needs other, partly heavy, modules. */
export const COMMANDS: Readonly<Record<string, () => Command | Promise<Command>>> = {
  pulse: async () => (await import("./commands/pulse.ts")).pulseCommand,
  init: async () => (await import("./commands/init.ts")).initCommand,
  tick: async () => (await import("./commands/tick.ts")).tickCommand,
  run: async () => (await import("./commands/tick.ts")).runCommand,
  status: async () => (await import("./commands/status.ts")).statusCommand,
  doctor: async () => (await import("./commands/status.ts")).doctorCommand,
  cost: async () => (await import("./commands/cost.ts")).costCommand,
  asks: async () => (await import("./commands/inbox.ts")).asksCommand,
  answer: async () => (await import("./commands/inbox.ts")).answerCommand,
  approve: async () => (await import("./commands/inbox.ts")).approveCommand,
  reject: async () => (await import("./commands/inbox.ts")).rejectCommand,
  policy: async () => (await import("./commands/policy.ts")).policyCommand,
  "start-session": async () => (await import("./commands/workers.ts")).startSessionCommand,
  ls: async () => (await import("./commands/workers.ts")).lsCommand,
  attach: async () => (await import("./commands/workers.ts")).attachCommand,
  kill: async () => (await import("./commands/workers.ts")).killCommand,
  logs: async () => (await import("./commands/workers.ts")).logsCommand,
  flag: async () => (await import("./commands/agent.ts")).flagCommand,
  unflag: async () => (await import("./commands/agent.ts")).unflagCommand,
  ask: async () => (await import("./commands/agent.ts")).askCommand,
  wait: async () => (await import("./commands/inbox.ts")).waitCommand,
  claim: async () => (await import("./commands/agent.ts")).claimCommand,
  unclaim: async () => (await import("./commands/agent.ts")).unclaimCommand,
  goal: async () => (await import("./commands/goal.ts")).goalCommand,
  playbook: async () => (await import("./commands/playbook.ts")).playbookCommand,
  sensor: async () => (await import("./commands/sensor.ts")).sensorCommand,
  undo: async () => (await import("./commands/undo.ts")).undoCommand,
  propose: async () => (await import("./commands/agent.ts")).proposeCommand,
  prune: async () => (await import("./commands/workers.ts")).pruneCommand,
  up: async () => (await import("./commands/pulse.ts")).upCommand,
  down: async () => (await import("./commands/pulse.ts")).downCommand,
  pause: async () => (await import("./commands/pulse.ts")).pauseCommand,
  resume: async () => (await import("./commands/pulse.ts")).resumeCommand,
  "permission-request": async () =>
    (await import("./commands/permission_request.ts")).permissionRequestCommand,
  completions: () => completionsCommand,
  complete: () => completeCommand,
  version: () => versionCommand,
  help: () => helpCommand,
};

/** Those that programs alone call: no list shows them. */
export const HIDDEN: readonly string[] = ["permission-request", "complete"];

/** A command that does nothing without one of its verbs. */
export function verbsCommand(usage: string, verbs: Verbs): Command {
  return {
    usage,
    switches: [],
    words: { least: 0, most: 0 },
    verbs,
    run() {
      const names = Object.keys(verbs).join(", ");
      throw new UsageError(`a verb is missing\nverbs: ${names}\nusage: ${usage}`);
    },
  };
}

/** A command, and the arguments that are left for it. */
export interface Picked {
  command: Command;
  rest: string[];
}

/**
 * Picks the verb of a command that has some: the first argument, such as the `ls` of `looop goal ls`. Where there is
 * none, or `--help` in its place, it is the command itself.
 *
 * @throws {UsageError} listing the verbs, where it is none of them.
 */
export function pickVerb(named: Command, args: string[]): Picked {
  const { usage, verbs = {} } = named;
  const [verb, ...rest] = args;
  if (verb === undefined || verb === "--help" || verb === "-h") {
    return { command: named, rest: args };
  }
  if (Object.hasOwn(verbs, verb)) return { command: verbs[verb](), rest };
  if (verb.startsWith("-")) throw new UsageError(`the verb comes before ${verb}\nusage: ${usage}`);
  const [, noun] = usage.split(" ");
  const names = Object.keys(verbs);
  const meant = nearest(verb, names);
  const guess = meant === null ? "" : `; did you mean looop ${noun} ${meant}?`;
  throw new UsageError(
    `cannot ${verb} a ${noun}${guess}\nverbs: ${names.join(", ")} (see looop help ${noun})`,
  );
}

/**
 * What an argument of a command is, for the shell to complete: one of the profile's things by its id, a file, or
 * one of a few words.
 */
export type Completes =
  | "goal"
  | "worker"
  | "question"
  | "approval"
  | "sensor"
  | "catalogue"
  | "revision"
  | "claim"
  | "runner"
  | "help"
  | "file"
  | readonly string[];

/** Says of each positional argument what it is, given those before it; `null`: nothing that anybody could guess. */
export type CompleteWord = (before: readonly string[]) => Completes | null;

/** One kind for each position; none behind the last. */
export function inOrder(...kinds: (Completes | null)[]): CompleteWord {
  return (before) => kinds[before.length] ?? null;
}
