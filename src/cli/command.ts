import type { Terminal } from "../host/terminal.ts";
import type { Profile, ProfileOptions } from "../profile/profile.ts";
import type { Completes, CompleteWord } from "./completes.ts";

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

/** Commands by the word that picks them, loaded only when used. */
export type Verbs = Readonly<Record<string, () => Promise<Command>>>;

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
