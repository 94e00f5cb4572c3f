import { resolve } from "@std/path";
import { READ_ONLY_COMMANDS } from "./read_only_commands.ts";

/** Whether a command only reads: then the words to start, else in one line why not. */
export type ReadOnlyCheck = { readOnly: true; argv: string[] } | { readOnly: false; why: string };

/** What looks at a signature, whichever format the repository's config has it in. */
const GPG = ["gpg.program", "gpg.openpgp.program", "gpg.x509.program", "gpg.ssh.program"];

/** A word on one protocol in the repository's config would stand above one on all of them. */
const PROTOCOLS = ["ext", "file", "git", "ssh", "http", "https", "ftp", "ftps"];

/**
 * What git is told before a read-only subcommand: a repository may be anywhere, and its config or a bare
 * repository among its files could name programs to start. Left: filters that the repository's own config
 * defines, which git cannot switch off by a general name.
 */
const GIT_GUARDS = [
  "--no-pager",
  "--no-optional-locks",
  ...["-c", "core.fsmonitor=false"],
  ...["-c", "core.hooksPath=/dev/null"],
  ...["-c", "safe.bareRepository=explicit"],
  ...["-c", "log.showSignature=false"],
  // The config can name a format that checks signatures.
  ...GPG.flatMap((key) => ["-c", `${key}=false`]),
  // A submodule's own config would count in the git that shows it.
  ...["-c", "diff.submodule=short"],
  ...["-c", "status.submoduleSummary=false"],
  // A partial clone would fetch what it lacks.
  ...["-c", "protocol.allow=never"],
  ...PROTOCOLS.flatMap((name) => ["-c", `protocol.${name}.allow=never`]),
];

/**
 * Checks a simple command against the read-only list.
 *
 * @param given the words of a simple command
 * @param dataDir where it is started, absolute
 * @returns for a read-only one the words to start, which for git are more than the given ones
 */
export function checkReadOnly(given: string[], dataDir: string): ReadOnlyCheck {
  const [program] = given;
  const prefix: string[] = [];
  let words = given.slice(1);
  let dir = dataDir;
  if (program === "git") {
    while (words[0] === "--no-pager" || (words[0] === "-C" && words.length > 1)) {
      const taken = words[0] === "-C" ? 2 : 1;
      if (taken === 2) dir = resolve(dir, words[1]);
      prefix.push(...words.slice(0, taken));
      words = words.slice(taken);
    }
  }
  // Workers write there, a sandboxed one there alone: a repository of theirs could have filters.
  if (dir.startsWith(`${resolve(dataDir)}/`)) {
    return { readOnly: false, why: `${dir} lies in the data directory, where workers write` };
  }
  const depth = program === "git" ? 1 : program === "gh" ? 2 : 0;
  const name = [program, ...words.slice(0, depth)].join(" ");
  if (words.length < depth || !Object.hasOwn(READ_ONLY_COMMANDS, name)) {
    return { readOnly: false, why: `${name} is not on the read-only list` };
  }
  const command = READ_ONLY_COMMANDS[name];
  const rest = words.slice(depth);
  const parsed = parseOptions(rest, command.options, { anywhere: depth > 0 });
  if (typeof parsed === "string") return { readOnly: false, why: `${name}: ${parsed}` };
  for (const check of command.checks) {
    const why = check(parsed);
    if (why !== null) return { readOnly: false, why: `${name}: ${why}` };
  }
  const guards = program === "git" ? GIT_GUARDS : [];
  return {
    readOnly: true,
    argv: [
      program,
      ...guards,
      ...prefix,
      ...words.slice(0, depth),
      ...(command.insert ?? []),
      ...rest,
    ],
  };
}

/** The options and operands of a command. */
export interface ParsedOptions {
  /** Option names and their values, in order, repetitions included; `""` for one without a value. */
  options: [string, string][];
  /** All other words, in order. */
  operands: string[];
}

/**
 * Sorts the words after a program's name into options and operands, against the options that are allowed.
 * It must never see an operand or a value where the program sees an option: so an option counts as one
 * wherever it stands before `--`, long names are written out, and a short option with a value begins its word.
 *
 * @param allowed words with blanks between. `-l` takes no value. `-n:` takes one, in the same word or the
 * next: only for programs that never read it otherwise. `--since=` takes one, `--color[=]` may take one, both
 * in the same word alone. `-#` is a number such as `-5`.
 * @param anywhere the program knows options behind operands on every system; to others, a word there that is
 * the value of an option may be one more operand
 * @returns the parsed words, or in one line why they are refused
 */
export function parseOptions(
  words: string[],
  allowed: string,
  { anywhere }: { anywhere: boolean },
): ParsedOptions | string {
  const specs = new Set(allowed.split(" "));
  const options: ParsedOptions["options"] = [];
  const operands: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      continue;
    }
    if (/^-\d+$/.test(word) && specs.has("-#")) {
      options.push(["-#", word.slice(1)]);
      continue;
    }
    const takesNext = word.startsWith("--")
      ? parseLong(word, specs, options)
      : parseShort(word, specs, options);
    if (takesNext === null) return `its option ${word} is not on the read-only list`;
    if (takesNext === "") continue;
    if (!anywhere && operands.length > 0) {
      return `its option ${word} stands behind ${operands[0]}; put it before`;
    }
    if (++i === words.length) return `its option ${word} lacks a value`;
    options.push([takesNext, words[i]]);
  }
  return { options, operands };
}

/** Gives the option that takes the next word, `""` when none does, `null` when the word is not allowed. */
function parseLong(
  word: string,
  specs: Set<string>,
  options: ParsedOptions["options"],
): string | null {
  const at = word.indexOf("=");
  const name = at === -1 ? word : word.slice(0, at);
  if (at === -1 && specs.has(`${name}:`)) return name;
  const fits = at === -1 ? [name, `${name}[=]`] : [`${name}:`, `${name}=`, `${name}[=]`];
  if (!fits.some((spec) => specs.has(spec))) return null;
  options.push([name, at === -1 ? "" : word.slice(at + 1)]);
  return "";
}

/** Reads short options that share one word, such as `-la` or `-n5`. Gives what {@linkcode parseLong} does. */
function parseShort(
  word: string,
  specs: Set<string>,
  options: ParsedOptions["options"],
): string | null {
  const first = word.slice(0, 2);
  if (specs.has(`${first}:`)) {
    if (word.length === 2) return first;
    options.push([first, word.slice(2)]);
    return "";
  }
  for (const letter of word.slice(1)) {
    if (!specs.has(`-${letter}`)) return null;
    options.push([`-${letter}`, ""]);
  }
  return "";
}
