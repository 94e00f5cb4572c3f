import { parseArgs } from "@std/cli";
import { UsageError } from "../schema/errors.ts";
import { nearest } from "../schema/text.ts";
import type { Command } from "./command.ts";

/** What stands behind a command's name. */
export interface Arguments {
  words: string[];
  switches: Set<string>;
  options: Map<string, string>;
  lists: Map<string, string[]>;
}

/**
 * Reads the arguments of a command; `-h` gives the switch `help`.
 *
 * @throws {UsageError} for an unknown option, and one whose value is missing.
 */
export function parseArguments(
  { usage, switches: own, options = [], optionals = [], lists = [] }: Command,
  args: string[],
): Arguments {
  const switches = [...own, "help"];
  const known = [...options, ...optionals, ...lists, ...switches];
  const unknown: string[] = [];
  const { _: words, ...given } = parseArgs(args.map(endOptional(args, optionals)), {
    string: ["_", ...options, ...optionals, ...lists],
    collect: lists,
    boolean: switches,
    alias: { help: "h" },
    unknown(argument, flag) {
      if (flag === undefined) return true;
      unknown.push(argument);
      return false;
    },
  });
  if (unknown.length > 0 && !given.help) throw unknownOption(unknown[0], known, usage);
  const values = new Map<string, string>();
  const several = new Map<string, string[]>();
  for (const name of [...options, ...lists]) {
    const value: unknown = given[name];
    const each = Array.isArray(value) ? value : [value];
    if (each.includes("") && !given.help) {
      throw new UsageError(
        `--${name} needs a value (one that begins with - is given as --${name}=…)\nusage: ${usage}`,
      );
    }
    if (typeof value === "string") values.set(name, value);
    else if (Array.isArray(value) && value.length > 0) several.set(name, value);
  }
  for (const name of optionals) {
    const value: unknown = given[name];
    if (typeof value === "string") values.set(name, value);
  }
  return {
    words,
    switches: new Set(switches.filter((name) => given[name] === true)),
    options: values,
    lists: several,
  };
}

/** Keeps the parser from taking the next word for the value of an option that may go without. */
function endOptional(args: string[], optionals: string[]): (argument: string, i: number) => string {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const alone = optionals.map((name) => `--${name}`);
  return (argument, i) => i < end && alone.includes(argument) ? `${argument}=` : argument;
}

function unknownOption(argument: string, known: string[], usage: string): UsageError {
  const meant = nearest(argument.replace(/^-+|=.*$/g, ""), known);
  const guess = meant === null ? "" : `; did you mean --${meant}?`;
  const list = known.map((name) => `--${name}`).join(", ");
  return new UsageError(
    `unknown option ${argument}${guess}\noptions: ${list} (a text that begins with - goes behind --)\n` +
      `usage: ${usage}`,
  );
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };
const LEAST_MS = 100;
/** The longest that a timer can wait for, nearly. */
const MOST_MS = 2_000_000_000;

/**
 * Reads a length of time such as `2s`, `500ms`, `1m` or `2`, which are seconds; gives milliseconds.
 *
 * @throws {UsageError} for anything else, and less than a tenth of a second.
 */
export function parseSpan(text: string, usage: string): number {
  const [, count, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  const ms = Number(count) * UNITS[unit];
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new UsageError(
    `${text} is no interval: give seconds, such as 2s, at least 0.1\nusage: ${usage}`,
  );
}
