import bash from "../../seeds/completions/looop.bash" with { type: "text" };
import fish from "../../seeds/completions/looop.fish" with { type: "text" };
import zsh from "../../seeds/completions/looop.zsh" with { type: "text" };
import { CATALOGUE } from "../catalogue/catalogue.ts";
import { playbookHistory } from "../documents/playbook.ts";
import { listDir } from "../os/dirs.ts";
import type { Profile } from "../profile/profile.ts";
import { listWorkerIds } from "../profile/worker_ids.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { UsageError } from "../schema/errors.ts";
import { cut } from "../schema/text.ts";
import { listSensors } from "../sense/list.ts";
import { listClaims } from "../workers/claims.ts";
import {
  type Command,
  type CommandContext,
  COMMANDS,
  type Completes,
  HIDDEN,
  inOrder,
  OK,
} from "./command.ts";
import { manualSections } from "./help.ts";
import { safeLine } from "./output/text.ts";

/** What a word may become. */
export interface Candidate {
  /** The word; `:file` stands for the names of files. */
  value: string;
  /** What it is, for a person to choose by; may be empty. */
  about: string;
}

/** Lists what there is of a kind, from files alone: whoever presses Tab does not want to wait for tmux. */
export async function candidatesFor(
  kind: Completes | "command",
  open: () => Promise<Profile>,
): Promise<Candidate[]> {
  if (typeof kind !== "string") return kind.map(named);
  switch (kind) {
    case "file":
      return [named(":file")];
    case "command":
      return commands();
    case "help": {
      return manualSections().map(({ name }) => named(name)).filter(isShown);
    }
    case "runner": {
      const { config } = await open();
      return [...new Set([...PRESET_NAMES, ...Object.keys(config.runners)])].map(named);
    }
    case "goal":
      return goals(await open());
    case "worker":
      return workers(await open());
    case "question":
    case "approval":
      return await asks(await open(), kind);
    case "sensor": {
      return (await listSensors((await open()).paths.sensors)).map(({ file }) => named(file));
    }
    case "catalogue": {
      return CATALOGUE.map(({ name, about }) => ({ value: name, about }));
    }
    case "revision": {
      return (await playbookHistory(await open())).map(({ rev, why }) => ({
        value: rev,
        about: why,
      }));
    }
    case "claim": {
      const { claims } = listClaims(await open());
      return claims.map(({ name, session }) => ({ value: name, about: `held by ${session}` }));
    }
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

function goals({ paths }: Profile): Candidate[] {
  const names = listDir(paths.goals).map(({ name }) => name);
  return names.filter((name) => /^[^.].*\.md$/.test(name)).map((name) => named(name.slice(0, -3)));
}

function workers({ paths }: Profile): Candidate[] {
  return listWorkerIds(paths).map(named);
}

async function asks(profile: Profile, kind: "question" | "approval"): Promise<Candidate[]> {
  const { openAsks } = await import("./commands/inbox.ts");
  const open = (await openAsks(profile)).asks.filter((ask) => ask.kind === kind);
  return open.map(({ id, question }) => ({ value: id, about: cut(question, 80) }));
}

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

/**
 * `looop complete -- <word>…`: what the last word may become, for the completion scripts: a line each, then a tab
 * and what it is; the line `:file` asks for file names. What cannot be told is silence: a person is typing.
 */
export const completeCommand: Command = {
  usage: "looop complete -- <word>…",
  switches: [],
  words: { least: 0, most: Infinity },
  async run({ words, terminal, open }: CommandContext) {
    const candidates = await completeLine(words, open).catch(() => []);
    for (const { value, about } of candidates) terminal.out(`${value}\t${safeLine(about)}\n`);
    return OK;
  },
};

const SCRIPTS: Readonly<Record<string, string>> = { bash, zsh, fish };

/** `looop completions <shell>`: prints what makes a shell complete looop's commands and ids. */
export const completionsCommand: Command = {
  usage: "looop completions bash|zsh|fish",
  switches: [],
  completes: inOrder(Object.keys(SCRIPTS)),
  words: { least: 1, most: 1 },
  run({ words: [shell], terminal }) {
    if (!Object.hasOwn(SCRIPTS, shell)) {
      throw new UsageError(`no completions for ${shell}\nusage: ${completionsCommand.usage}`);
    }
    terminal.out(SCRIPTS[shell]);
    return OK;
  },
};
