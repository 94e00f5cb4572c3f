import { UsageError } from "../model/user_error.ts";
import type { Command } from "./command.ts";
import { nearest } from "../model/nearest.ts";

/** A command, and the arguments that are left for it. */
export interface Picked {
  command: Command;
  rest: string[];
}

/**
 * Picks the verb of a command that has some: the first argument, such as the `ls` of `looop goal ls`. Where there is
 * none, or `--help` in its place, it is the command itself.
 *
 * @throws {UsageError} listing the verbs, where it is none of them.
 */
export async function pickVerb(named: Command, args: string[]): Promise<Picked> {
  const { usage, verbs = {} } = named;
  const [verb, ...rest] = args;
  if (verb === undefined || verb === "--help" || verb === "-h") {
    return { command: named, rest: args };
  }
  if (Object.hasOwn(verbs, verb)) return { command: await verbs[verb](), rest };
  if (verb.startsWith("-")) throw new UsageError(`the verb comes before ${verb}\nusage: ${usage}`);
  const [, noun] = usage.split(" ");
  const names = Object.keys(verbs);
  const meant = nearest(verb, names);
  const guess = meant === null ? "" : `; did you mean looop ${noun} ${meant}?`;
  throw new UsageError(
    `cannot ${verb} a ${noun}${guess}\nverbs: ${names.join(", ")} (see looop help ${noun})`,
  );
}
