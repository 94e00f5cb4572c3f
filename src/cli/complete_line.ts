import type { Profile } from "../profile/profile.ts";
import { type Candidate, candidatesFor } from "./candidates.ts";
import type { Command } from "./command.ts";
import { COMMANDS, HIDDEN } from "./commands.ts";
import type { Completes } from "./completes.ts";

/**
 * Tells what the last word of a command line may become.
 *
 * @param words those behind `looop`; the last one is being typed, and may be empty
 * @param open opens the profile, called only where it has to be looked into
 */
export async function completeLine(
  words: readonly string[],
  open: () => Promise<Profile>,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const fitting = (candidates: Candidate[], begin = typed) =>
    candidates.filter(({ value }) => value.startsWith(begin) || value === ":file");
  const [name, ...rest] = before;
  if (name === undefined) return fitting(await candidatesFor("command", open));
  if (!Object.hasOwn(COMMANDS, name) || HIDDEN.includes(name)) return [];
  const named = await COMMANDS[name]();
  const verb = named.verbs ? rest.shift() : undefined;
  if (named.verbs && verb === undefined) {
    return fitting(
      await candidatesFor(typed.startsWith("-") ? ["--help"] : Object.keys(named.verbs), open),
    );
  }
  if (verb !== undefined && !Object.hasOwn(named.verbs ?? {}, verb)) return [];
  const command = verb === undefined ? named : await named.verbs![verb]();
  const [option, value] = optionBefore(command, rest, typed);
  if (option !== null) {
    const kind = command.completesOptions?.[option];
    return kind === undefined ? [] : fitting(await candidatesFor(kind, open), value);
  }
  if (typed.startsWith("-")) return fitting(optionsOf(command));
  const kind: Completes | null = command.completes?.(positionals(command, rest)) ?? null;
  return kind === null ? [] : fitting(await candidatesFor(kind, open));
}

/** The option whose value is being typed, and as much of the value as there is. bash makes a word of each `=`. */
function optionBefore(
  command: Command,
  before: readonly string[],
  typed: string,
): [option: string | null, value: string] {
  const words = typed === "=" ? [...before, ""] : [...before.filter((word) => word !== "="), typed];
  const value = words.at(-1) ?? "";
  const option = words.at(-2)?.replace(/^--/, "") ?? "";
  return words.at(-2)?.startsWith("--") && takesValue(command, option)
    ? [option, value]
    : [null, ""];
}

function takesValue({ options = [], lists = [] }: Command, name: string): boolean {
  return options.includes(name) || lists.includes(name);
}

function optionsOf({ switches, options = [], lists = [], optionals = [] }: Command): Candidate[] {
  return [...switches, ...options, ...lists, ...optionals, "help"].map((name) => ({
    value: `--${name}`,
    about: "",
  }));
}

/** The words that are neither options nor their values. */
function positionals(command: Command, words: readonly string[]): string[] {
  return words.filter((word, i) =>
    word !== "=" && !word.startsWith("-") && words[i - 1] !== "=" &&
    !(words[i - 1]?.startsWith("--") && takesValue(command, words[i - 1].slice(2)))
  );
}
