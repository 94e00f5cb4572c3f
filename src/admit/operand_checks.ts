import type { ParsedOptions } from "./parse_options.ts";

/** Looks at a command's operands and option values: in one line why they are refused, or `null`. */
export type OperandCheck = (parsed: ParsedOptions) => string | null;

// Revisions that are no plausible file names: see `revisionsAndPaths`. A bare HEAD is a file of `.git`.
const COMMIT = /^(HEAD|@)([~^]\d*)+$|^[0-9a-f]{7,40}$/;
const RANGE = /^(?!\.+$)(?!.*(\/\.\.|\.\.\/))[\w@~^./-]*\.\.\.?[\w@~^./-]*$/;

/** The operand checks that the read-only list uses, by name. */
export const operandChecks = {
  none: ({ operands }) => operands.length === 0 ? null : `it takes no ${operands[0]} here`,

  any: () => null,

  /** Only the format to print: any other operand of `date` sets the clock. */
  dateFormat: ({ operands }) =>
    operands.every((word) => word.startsWith("+")) ? null : "it would set the clock",

  /** The old way to say where `tail` begins may end in f, as in `+5f`: it would follow the file for ever. */
  noPlus: ({ operands }) => {
    const plus = operands.find((word) => word.startsWith("+"));
    return plus === undefined ? null : `${plus} is no file to it; say -n ${plus.slice(0, 40)}`;
  },

  /** Files of the data directory that are meant to be read. */
  paths: ({ operands }) => firstRefusal(operands),

  /** `grep` takes its pattern from the first operand unless `-e` gives it. */
  patternAndPaths: ({ options, operands }) =>
    firstRefusal(has(options, "-e") ? operands : operands.slice(1)),

  /** Without `--list` an operand is the name of something to create. */
  patternsOfList: ({ options, operands }) =>
    operands.length === 0 || has(options, "--list") || has(options, "-l")
      ? null
      : `it would create ${operands[0]}`,

  /**
   * Outside a repository, `git diff a b` compares two files, and `-C` may lead anywhere. With one operand it
   * does not, nor with a first one that is no file.
   */
  revisionsAndPaths: ({ operands }) =>
    operands.length < 2 || isRevision(operands[0])
      ? firstRefusal(operands.filter((word) => !isRevision(word)))
      : `${operands[0]} could be any file; put a range, a commit id or HEAD~0 first`,

  /** `%G…` in a format starts gpg. */
  noSignatures: ({ options }) =>
    options.some(([_, value]) => value.includes("%G")) ? "its format would start gpg" : null,

  /** A number of this repository or `owner/name`: an address or another host would be sent the token. */
  githubNumber: ({ options, operands }) => {
    const repositories = options.filter(([name]) => name === "--repo" || name === "-R");
    if (!repositories.every(([_, value]) => /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(value))) {
      return "its --repo is not owner/name";
    }
    return operands.every((word) => /^\d+$/.test(word)) ? null : "its operand is not a number";
  },
} satisfies Record<string, OperandCheck>;

function has(options: ParsedOptions["options"], name: string): boolean {
  return options.some(([given]) => given === name);
}

function isRevision(word: string): boolean {
  return COMMIT.test(word) || RANGE.test(word);
}

function firstRefusal(paths: string[]): string | null {
  for (const path of paths) {
    if (path.startsWith("/")) return `${path} is not inside the data directory`;
    // `..` leads out; `.looop` and `.git` hold the profile's secret and credentials.
    if (path !== "." && path.split("/").some((part) => part.startsWith(".") && part !== ".")) {
      return `${path} leads out of the data directory or to a hidden file`;
    }
  }
  return null;
}
