import { openAsks } from "../inbox/asks.ts";
import bash from "../../seeds/completions/looop.bash" with { type: "text" };
import fish from "../../seeds/completions/looop.fish" with { type: "text" };
import zsh from "../../seeds/completions/looop.zsh" with { type: "text" };
import { CATALOGUE } from "../catalogue/catalogue.ts";
import { goalIds } from "../documents/goals.ts";
import { playbookHistory } from "../documents/playbook.ts";
import { scheduleNames } from "../documents/schedules.ts";
import { listRuns } from "../history/runs.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkerIds } from "../profile/paths.ts";
import { askerOf } from "../schema/ask.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { UsageError } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";
import { listSensors } from "../sense/list.ts";
import { listClaims } from "../workers/claims.ts";
import { type Syntax, syntaxOf } from "./args.ts";
import { type Command, COMMANDS, type Completes, HIDDEN } from "./command.ts";
import { manualSections } from "./help.ts";
import { safeLine } from "./output/text.ts";

/** A possible completion. */
export interface Candidate {
  /** The word; `:file` stands for file names. */
  value: string;
  /** A description for the user to choose by; may be empty. */
  about: string;
}

/** Lists the candidates of a kind from files alone: tmux would be too slow for the Tab key. */
async function candidatesFor(
  kind: Completes | "command",
  open: () => Promise<Profile>,
): Promise<Candidate[]> {
  if (typeof kind !== "string") return kind.map(named);
  switch (kind) {
    case "file":
      return [named(":file")];
    case "command":
      return commands();
    case "help":
      return manualSections().map(({ name }) => named(name)).filter(isShown);
    case "catalogue":
      return CATALOGUE.map(({ name, about }) => ({ value: name, about }));
  }
  const profile = await open();
  const { paths, config } = profile;
  switch (kind) {
    case "runner":
      return [...new Set([...PRESET_NAMES, ...Object.keys(config.runners)])].map(named);
    case "goal":
      return goalIds(paths.goals).map(named);
    case "worker":
      return listWorkerIds(paths).map(named);
    case "ask":
    case "approval": {
      const { asks, snoozed } = await openAsks(profile);
      return [...asks, ...snoozed].filter((ask) => kind === "ask" || ask.kind === kind)
        .map((ask) => ({ value: ask.id, about: cut(`${askerOf(ask)}: ${ask.question}`, 80) }));
    }
    case "sensor":
      return listSensors(paths.sensors).map(({ file }) => named(file));
    case "schedule":
      return scheduleNames(paths.schedules).map(named);
    case "revision":
      return (await playbookHistory(profile)).map(({ rev, why }) => ({ value: rev, about: why }));
    case "run": {
      const runs = await listRuns(profile, { count: 20 });
      const last = { value: "last", about: "the last run" };
      return [
        last,
        ...runs.reverse().map(({ run_id, text }) => ({ value: run_id, about: cut(text, 80) })),
      ];
    }
    case "claim":
      return (await listClaims(profile)).claims
        .map(({ name, session }) => ({ value: name, about: `held by ${session}` }));
  }
}

function named(value: string): Candidate {
  return { value, about: "" };
}

function isShown({ value }: Candidate): boolean {
  return !HIDDEN.includes(value);
}

function commands(): Candidate[] {
  const about = new Map(manualSections().map(({ name, text }) => [name, firstSentence(text)]));
  return Object.keys(COMMANDS).filter((name) => name !== "pulse")
    .map((value) => ({ value, about: about.get(value) ?? "" })).filter(isShown);
}

function firstSentence(section: string): string {
  const [, body = ""] = section.split("\n\n");
  return body.replaceAll("\n", " ").split(/[.:;] /)[0].replace(/\.$/, "");
}

/**
 * Completes the last word of a command line.
 *
 * @param words those after `looop`; the last one is being typed, and may be empty
 * @param open opens the profile; called only if it is needed
 */
export async function completeLine(
  words: readonly string[],
  open: () => Promise<Profile>,
): Promise<Candidate[]> {
  const typed = words.at(-1) ?? "";
  const fitting = async (kind: Completes | "command", begin = typed) =>
    (await candidatesFor(kind, open))
      .filter(({ value }) => value.startsWith(begin) || value === ":file");
  const [name, ...rest] = words.slice(0, -1);
  if (name === undefined) return await fitting("command");
  if (!Object.hasOwn(COMMANDS, name) || HIDDEN.includes(name)) return [];
  let command = await COMMANDS[name]();
  if (command.verbs) {
    const verb = rest.shift();
    if (verb === undefined) {
      return await fitting(typed.startsWith("-") ? ["--help"] : Object.keys(command.verbs));
    }
    if (!Object.hasOwn(command.verbs, verb)) return [];
    command = command.verbs[verb];
  }
  const syntax = syntaxOf(command);
  const option = optionBefore(syntax, rest, typed);
  if (option) {
    const kind = command.completesOptions?.[option.name];
    return kind === undefined ? [] : await fitting(kind, option.value);
  }
  if (typed.startsWith("-")) return await fitting(syntax.names.map((name) => `--${name}`));
  const { completes = [] } = command;
  const before = positionals(syntax, rest);
  const kind = typeof completes === "function" ? completes(before) : completes[before.length];
  return kind ? await fitting(kind) : [];
}

/** The option whose value is being typed, and the value so far. bash splits words at each `=`. */
function optionBefore(
  syntax: Syntax,
  before: readonly string[],
  typed: string,
): { name: string; value: string } | null {
  const words = typed === "=" ? [...before, ""] : [...before.filter((word) => word !== "="), typed];
  const [option, value] = words.slice(-2);
  return takesValue(syntax, option) ? { name: option.slice(2), value } : null;
}

function takesValue({ options, lists }: Syntax, word: string | undefined): boolean {
  return word !== undefined && word.startsWith("--") &&
    [...options, ...lists].includes(word.slice(2));
}

/** The words that are neither options nor their values. */
function positionals(syntax: Syntax, words: readonly string[]): string[] {
  return words.filter((word, i) =>
    word !== "=" && !word.startsWith("-") && words[i - 1] !== "=" &&
    !takesValue(syntax, words[i - 1])
  );
}

/**
 * `looop complete -- <word>…`: completes the last word, for the completion scripts. It prints a line for each
 * candidate: the word, a tab, a description. The line `:file` requests file names. Errors print nothing, since the
 * user is typing.
 */
export const completeCommand: Command = {
  usage: "looop complete -- <word>…",
  badConfig: "refuse",
  words: "",
  async run({ words, terminal, open }) {
    const candidates = await completeLine(words, open).catch(() => []);
    for (const { value, about } of candidates) terminal.out(`${value}\t${safeLine(about)}\n`);
  },
};

const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };

/** `looop completions`: prints the completion script of a shell. */
export const completionsCommand: Command = {
  usage: "looop completions bash|zsh|fish",
  completes: [Object.keys(SCRIPTS)],
  run({ words: [shell], terminal }) {
    if (!Object.hasOwn(SCRIPTS, shell)) {
      throw new UsageError(`unknown shell ${shell}; use bash, zsh or fish`);
    }
    terminal.out(SCRIPTS[shell]);
  },
};
