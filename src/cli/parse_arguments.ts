import { parseArgs } from "@std/cli";
import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { nearest } from "./nearest.ts";

/** What stands behind a command's name. */
export interface Arguments {
  words: string[];
  switches: Set<string>;
}

/**
 * Reads the arguments of a command; `-h` gives the switch `help`.
 *
 * @throws {UsageError} for an unknown option.
 */
export function parseArguments({ usage, switches }: Command, args: string[]): Arguments {
  const known = [...switches, "help"];
  const unknown: string[] = [];
  const { _: words, ...given } = parseArgs(args, {
    string: ["_"],
    boolean: known,
    alias: { help: "h" },
    unknown(argument, flag) {
      if (flag === undefined) return true;
      unknown.push(argument);
      return false;
    },
  });
  if (unknown.length > 0 && !given.help) throw unknownOption(unknown[0], known, usage);
  return { words, switches: new Set(known.filter((name) => given[name])) };
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
