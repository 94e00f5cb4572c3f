import type { Terminal } from "../os/terminal.ts";
import type { Profile, ProfileOptions } from "../profile/profile.ts";
import { UsageError } from "../schema/errors.ts";
import { type Arguments, didYouMean } from "./args.ts";
import type { View } from "./output/view.ts";

/** Exit status: success. */
export const OK = 0;
/** Exit status: the command failed. */
export const FAILED = 1;
/** Exit status: the command line or the config is wrong. */
export const WRONG_USAGE = 2;

/** What a command gets when it runs. */
export interface CommandContext extends Arguments {
  terminal: Terminal;
  /** Aborts when looop receives a signal to stop. */
  signal: AbortSignal;
  /** Opens the profile that the environment names; its warnings go to stderr. */
  open(options?: Pick<ProfileOptions, "badConfig">): Promise<Profile>;
  /** Prints sentences: on a terminal broken to its width, words whole. Each line of the text ends with a line break. */
  say(text: string): void;
  /** Prints a value as JSON with `--json`, and as text otherwise. */
  print(value: unknown, render: (view: View) => string | Promise<string>): Promise<void>;
  /**
   * Returns the word, or for `-` the text on stdin without trailing whitespace.
   *
   * @throws the signal's reason, if it is aborted.
   */
  input(word: string, maxCharacters: number): Promise<string>;
}

/** One command of the command line. */
export interface Command {
  /** The usage line, such as `looop tick [--json] [--dry-run] [--wait[=S]]`: it defines words and options. */
  usage: string;
  /** The words in the notation of `usage`, for a usage line that shows several forms. */
  words?: string;
  /** Further options in the notation of `usage`, which has no room for them. */
  more?: string;
  /** The kind of each positional argument, or of the next one given those before it. Default: no completion. */
  completes?: readonly Completes[] | ((before: readonly string[]) => Completes | null);
  /** The kind of the values of options, by name. */
  completesOptions?: Readonly<Record<string, Completes>>;
  /** Subcommands, each with options of its own; the command itself then only reports that one is missing. */
  verbs?: Readonly<Record<string, Command>>;
  /**
   * What it does while the config file cannot be used: `refuse`, as it starts work by the config, or go on with the last
   * valid config, and show the problem itself (`shown`). Default: it goes on, and looop warns on stderr.
   */
  badConfig?: "refuse" | "shown";
  /** The command prints only constant text, so masking is skipped: building a mask takes 2 ms. Default `false`. */
  unmasked?: boolean;
  /** Runs the command and returns the exit status, by default {@linkcode OK}. {@linkcode runCli} reports errors. */
  run(context: CommandContext): number | void | Promise<number | void>;
}

/** Every command by name. Each is loaded when it is used, since their modules differ and some are heavy. */
export const COMMANDS: Readonly<Record<string, () => Command | Promise<Command>>> = {
  pulse: async () => (await import("./commands/pulse.ts")).pulseCommand,
  init: async () => (await import("./commands/init.ts")).initCommand,
  "setup-agent": async () => (await import("./commands/setup_agent.ts")).setupAgentCommand,
  tick: async () => (await import("./commands/tick.ts")).tickCommand,
  run: async () => (await import("./commands/tick.ts")).runCommand,
  status: async () => (await import("./commands/status.ts")).statusCommand,
  watch: async () => (await import("./commands/watch.ts")).watchCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  cost: async () => (await import("./commands/cost.ts")).costCommand,
  journal: async () => (await import("./commands/history.ts")).journalCommand,
  runs: async () => (await import("./commands/history.ts")).runsCommand,
  why: async () => (await import("./commands/history.ts")).whyCommand,
  asks: async () => (await import("./commands/inbox.ts")).asksCommand,
  answer: async () => (await import("./commands/inbox.ts")).answerCommand,
  approve: async () => (await import("./commands/approve.ts")).approveCommand,
  reject: async () => (await import("./commands/approve.ts")).rejectCommand,
  snooze: async () => (await import("./commands/inbox.ts")).snoozeCommand,
  report: async () => (await import("./commands/history.ts")).reportCommand,
  policy: async () => (await import("./commands/policy.ts")).policyCommand,
  "start-session": async () => (await import("./commands/workers.ts")).startSessionCommand,
  ls: async () => (await import("./commands/workers.ts")).lsCommand,
  attach: async () => (await import("./commands/workers.ts")).attachCommand,
  tell: async () => (await import("./commands/told.ts")).tellCommand,
  kill: async () => (await import("./commands/workers.ts")).killCommand,
  continue: async () => (await import("./commands/workers.ts")).continueCommand,
  logs: async () => (await import("./commands/workers.ts")).logsCommand,
  flag: async () => (await import("./commands/agent.ts")).flagCommand,
  unflag: async () => (await import("./commands/agent.ts")).unflagCommand,
  ask: async () => (await import("./commands/agent.ts")).askCommand,
  told: async () => (await import("./commands/told.ts")).toldCommand,
  wait: async () => (await import("./commands/inbox.ts")).waitCommand,
  claim: async () => (await import("./commands/agent.ts")).claimCommand,
  unclaim: async () => (await import("./commands/agent.ts")).unclaimCommand,
  goal: async () => (await import("./commands/goal.ts")).goalCommand,
  playbook: async () => (await import("./commands/playbook.ts")).playbookCommand,
  sensor: async () => (await import("./commands/sensor.ts")).sensorCommand,
  schedule: async () => (await import("./commands/schedule.ts")).scheduleCommand,
  undo: async () => (await import("./commands/playbook.ts")).undoCommand,
  propose: async () => (await import("./commands/agent.ts")).proposeCommand,
  prune: async () => (await import("./commands/workers.ts")).pruneCommand,
  up: async () => (await import("./commands/pulse.ts")).upCommand,
  down: async () => (await import("./commands/pulse.ts")).downCommand,
  pause: async () => (await import("./commands/pulse.ts")).pauseCommand,
  resume: async () => (await import("./commands/pulse.ts")).resumeCommand,
  "permission-request": async () =>
    (await import("./commands/permission_request.ts")).permissionRequestCommand,
  deliver: async () => (await import("./commands/tick.ts")).deliverCommand,
  completions: async () => (await import("./completion.ts")).completionsCommand,
  complete: async () => (await import("./completion.ts")).completeCommand,
  version: async () => (await import("./help.ts")).versionCommand,
  help: async () => (await import("./help.ts")).helpCommand,
};

/** Commands for programs, which help and suggestions omit. */
export const HIDDEN: readonly string[] = ["permission-request", "deliver", "complete"];

/** Makes a command that consists of subcommands. */
export function verbsCommand(usage: string, verbs: Command["verbs"] & object): Command {
  return {
    usage,
    words: "",
    verbs,
    run() {
      throw new UsageError(`missing subcommand: ${Object.keys(verbs).join(", ")}`);
    },
  };
}

/** What other programs call a subcommand. */
const OTHER_VERBS: Record<string, string> = {
  ...{ list: "ls", remove: "rm", delete: "rm", cat: "show", get: "show", print: "show" },
  ...{ edit: "write", new: "write", create: "write", set: "write", log: "history", run: "test" },
};

/**
 * Picks the subcommand that the first argument names, such as the `ls` of `looop goal ls`. Without one, or with
 * `--help` in its place, it returns the command itself.
 *
 * @throws {UsageError} for an unknown subcommand.
 */
export function pickVerb(named: Command, args: string[]): { command: Command; rest: string[] } {
  const { verbs } = named;
  const [verb, ...rest] = args;
  if (!verbs || verb === undefined || verb === "--help" || verb === "-h") {
    return { command: named, rest: args };
  }
  if (Object.hasOwn(verbs, verb)) return { command: verbs[verb], rest };
  if (verb.startsWith("-")) throw new UsageError(`missing subcommand before ${verb}`);
  const names = Object.keys(verbs);
  const other = Object.hasOwn(OTHER_VERBS, verb) ? OTHER_VERBS[verb] : verb;
  const guess = Object.hasOwn(verbs, other) ? `; did you mean ${other}?` : didYouMean(verb, names);
  throw new UsageError(
    `unknown subcommand ${verb}${guess}\nsubcommands: ${names.join(", ")}`,
  );
}

/** The kind of an argument, for shell completion: something of the profile by its id, a file, or one of a few words. */
export type Completes =
  | "goal"
  | "worker"
  | "ask"
  | "approval"
  | "sensor"
  | "schedule"
  | "catalogue"
  | "revision"
  | "run"
  | "claim"
  | "runner"
  | "help"
  | "file"
  | readonly string[];
