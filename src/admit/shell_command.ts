import { resolve } from "@std/path";
import { isPseudo } from "../os/stat.ts";
import { type ParsedOptions, READ_ONLY_COMMANDS, refuseFiles } from "./read_only_commands.ts";

/** The words of a simple command, or in one line why it is not simple. */
export type Tokenized = { simple: true; argv: string[] } | { simple: false; why: string };

// Characters without a meaning in any shell, anywhere in a word without quotes.
const BARE = /[A-Za-z0-9_@%+=:,./-]/;

// After a letter or digit a tilde or caret is text too, as in HEAD~1 and HEAD^.
const BARE_AFTER = /[A-Za-z0-9][~^]+$/;

// Keywords of bash, if they are the first word.
const KEYWORDS = new Set([
  ...["if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"],
  ...["select", "in", "function", "time", "coproc"],
]);

// Part of bash: as programs they are missing, or could do nothing.
const BUILTINS = new Set([
  ...[".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "cd", "command", "compgen"],
  ...[
    "complete",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
  ],
  ...[
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
  ],
  ...[
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
  ],
  ...["suspend", "times", "trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait"],
]);

/**
 * Tokenizes a command strictly: words, single and double quotes, and nothing else. Anything that a shell would expand,
 * split, redirect or run besides, and anything that the user could misread (all but printable ASCII), makes it not
 * simple. For a simple command, `argv` is exactly what bash would start.
 */
export function tokenizeCommand(command: string): Tokenized {
  const odd = /[^\x20-\x7e]/u.exec(command);
  if (odd !== null) {
    const code = odd[0].codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return refused(`U+${code} is not printable ASCII`);
  }
  const argv: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < command.length; i++) {
    const char = command[i];
    if (char === " ") {
      if (word !== null) argv.push(word);
      word = null;
    } else if (char === "'" || char === '"') {
      const end = command.indexOf(char, i + 1);
      if (end === -1) return refused(`a ${char} is not closed`);
      const text = command.slice(i + 1, end);
      // A shell expands these in double quotes; `!` only an interactive one, but the user may paste the command.
      const special = char === '"' ? /[$`\\!]/.exec(text) : null;
      if (special !== null) return refused(`${special[0]} is inside double quotes`);
      word = (word ?? "") + text;
      i = end;
    } else if (BARE.test(char) || BARE_AFTER.test(command.slice(Math.max(0, i - 8), i + 1))) {
      word = (word ?? "") + char;
    } else {
      return refused(`${char} has a meaning in a shell; put it in single quotes if it is text`);
    }
  }
  if (word !== null) argv.push(word);
  if (argv.length === 0 || argv[0] === "") return refused("it names no program");
  if (argv[0].includes("=")) return refused(`${argv[0]} sets a variable`);
  if (KEYWORDS.has(argv[0])) return refused(`${argv[0]} is a keyword of the shell`);
  if (BUILTINS.has(argv[0])) return refused(`${argv[0]} is a part of the shell`);
  return { simple: true, argv };
}

function refused(why: string): Tokenized {
  return { simple: false, why };
}

/** A command of the read-only list. Its paths are spellings: what they lead to is resolved when it starts. */
export interface ReadPlan {
  /** The program and its arguments; of `git`, without `-C` and `--no-pager`. */
  argv: string[];
  /** The directory to start it in, absolute, as the command spells it. */
  dir: string;
  /** The places in `argv` of operands that name files of the data directory. */
  files: number[];
}

/** What to start for a command that only reads, or in one line why it may do more. */
export type ReadOnlyCheck = { readOnly: true; plan: ReadPlan } | { readOnly: false; why: string };

/**
 * Checks a simple command against the read-only list. Reads no file: what its paths lead to is resolved when it starts.
 *
 * @param given the words of a simple command
 * @param dataDir where it is started, absolute
 */
export function checkReadOnly(given: string[], dataDir: string): ReadOnlyCheck {
  const [program] = given;
  let words = given.slice(1);
  let dir = resolve(dataDir);
  if (program === "git") {
    while (words[0] === "--no-pager" || (words[0] === "-C" && words.length > 1)) {
      const taken = words[0] === "-C" ? 2 : 1;
      if (taken === 2) dir = resolve(dir, words[1]);
      words = words.slice(taken);
    }
  }
  // Workers write there, sandboxed ones only there.
  if (dir.startsWith(`${resolve(dataDir)}/`)) {
    return { readOnly: false, why: `${dir} is in the data directory, where workers write` };
  }
  if (dir !== resolve(dataDir) && isPseudo(dir)) {
    return { readOnly: false, why: `${dir} is not a directory of files` };
  }
  const depth = program === "git" ? 1 : program === "gh" ? 2 : 0;
  const name = [program, ...words.slice(0, depth)].join(" ");
  if (words.length < depth || !Object.hasOwn(READ_ONLY_COMMANDS, name)) {
    return { readOnly: false, why: `${name} is not on the read-only list` };
  }
  const { options, check, files, insert = [] } = READ_ONLY_COMMANDS[name];
  const rest = words.slice(depth);
  const parsed = parseOptions(rest, options, { anywhere: depth > 0 });
  if (typeof parsed === "string") return { readOnly: false, why: `${name}: ${parsed}` };
  const first = files?.(parsed) ?? Infinity;
  const why = refuseFiles(parsed.operands.slice(first)) ?? check?.(parsed) ?? null;
  if (why !== null) return { readOnly: false, why: `${name}: ${why}` };
  const before = [program, ...words.slice(0, depth), ...insert];
  const plan = {
    argv: [...before, ...rest],
    dir,
    files: parsed.places.slice(first).map((place) => before.length + place),
  };
  return { readOnly: true, plan };
}

/**
 * Sorts the words after a program's name into options and operands; options must be allowed ones. It must never see an
 * operand or a value where the program sees an option: so an option counts anywhere before `--`, long names are not
 * abbreviated, and a short option with a value begins its word.
 *
 * @param allowed words separated by spaces. `-l` takes no value. `-n:` takes one, in the same word or the next: only
 * for programs that never read it otherwise. `--since=` takes one, `--color[=]` may take one, both only in the same
 * word. `-#` is a number such as `-5`.
 * @param anywhere on every system, the program accepts options after operands; for other programs, the value of such
 * an option may be one more operand
 * @returns the parsed words, or in one line why they are rejected
 */
export function parseOptions(
  words: string[],
  allowed: string,
  { anywhere }: { anywhere: boolean },
): ParsedOptions | string {
  const specs = new Set(allowed.split(" "));
  const options: ParsedOptions["options"] = [];
  const operands: string[] = [];
  const places: number[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") {
      operands.push(...words.slice(i + 1));
      places.push(...words.keys().drop(i + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      operands.push(word);
      places.push(i);
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
      return `its option ${word} is after ${operands[0]}; put it before`;
    }
    if (++i === words.length) return `its option ${word} has no value`;
    options.push([takesNext, words[i]]);
  }
  return { options, operands, places };
}

/** Returns the option that takes the next word, `""` if none does, `null` if the word is not allowed. */
function parseLong(
  word: string,
  specs: Set<string>,
  options: ParsedOptions["options"],
): string | null {
  const at = word.indexOf("=");
  const name = at === -1 ? word : word.slice(0, at);
  if (at === -1 && specs.has(`${name}:`)) return name;
  const fits = specs.has(`${name}[=]`) ||
    (at === -1 ? specs.has(name) : specs.has(`${name}:`) || specs.has(`${name}=`));
  if (!fits) return null;
  options.push([name, at === -1 ? "" : word.slice(at + 1)]);
  return "";
}

/** Parses short options that share one word, such as `-la` or `-n5`. Returns the same as {@linkcode parseLong}. */
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
