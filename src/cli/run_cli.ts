import { systemEnvironment } from "../host/env.ts";
import type { Terminal } from "../host/terminal.ts";
import type { Mask } from "../model/mask.ts";
import { UsageError } from "../model/user_error.ts";
import type { ProfileOptions } from "../profile/profile.ts";
import type { Command } from "./command.ts";
import { COMMANDS, HIDDEN } from "./commands.ts";
import { exitCodeOf, stoppedCode } from "./exit_codes.ts";
import { maskedTerminal } from "./masked_terminal.ts";

/**
 * Runs looop's command line and gives the exit status. Nothing is thrown: what goes wrong is told on stderr.
 *
 * @param args without the program's own name
 * @param signal stops what is running; its reason is the name of the signal that came
 * @param where the profile, where it is not the environment that says so
 */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
  where: ProfileOptions = {},
): Promise<number> {
  let status: number;
  let mask: Mask | null = null;
  const masked = maskedTerminal(terminal, () => mask);
  const onMask = (known: Mask) => void (mask = known);
  try {
    status = await run(args, masked, signal, where, onMask);
  } catch (error) {
    status = exitCodeOf(error);
    if (!signal.aborted || error !== signal.reason) {
      const { describeError } = await import("./describe_error.ts");
      mask ??= await environmentMask(where);
      masked.err(describeError(error));
    }
  }
  return signal.aborted ? stoppedCode(signal.reason) : status;
}

async function run(
  args: readonly string[],
  terminal: Terminal,
  signal: AbortSignal,
  where: ProfileOptions,
  onMask: (mask: Mask) => void,
): Promise<number> {
  const [name, behind] = split(args);
  if (!Object.hasOwn(COMMANDS, name)) throw await unknownCommand(name);
  const named = await COMMANDS[name]();
  const { command, rest } = named.verbs
    ? await (await import("./pick_verb.ts")).pickVerb(named, behind)
    : { command: named, rest: behind };
  const { words, switches, options, lists } = await parse(command, rest);
  if (switches.has("help")) return await run(["help", name], terminal, signal, where, onMask);
  checkCount(command, words);
  if (!command.ownWords) onMask(await environmentMask(where));
  return await command.run({
    words,
    switches,
    options,
    lists,
    terminal,
    signal,
    async open(options) {
      const { openProfile } = await import("../profile/profile.ts");
      const { safeLine } = await import("./safe_text.ts");
      const { refuseInSandbox } = await import("./refuse_in_sandbox.ts");
      const profile = await openProfile({
        warn: (text) => terminal.err(`looop: warning: ${safeLine(text)}\n`),
        ...where,
        ...options,
      });
      onMask(profile.mask);
      refuseInSandbox(profile, name);
      return profile;
    },
  });
}

/** Until the config is read, and where it cannot be, nobody knows what it wants masked besides. */
async function environmentMask({ environment }: ProfileOptions): Promise<Mask> {
  const { makeMask } = await import("../model/make_mask.ts");
  return makeMask(environment ?? systemEnvironment(), []);
}

/** `looop` alone is the pulse. */
function split([first, ...rest]: readonly string[]): [name: string, rest: string[]] {
  if (first === undefined) return ["pulse", []];
  if (first === "--version" || first === "-V") return ["version", rest];
  if (first === "--help" || first === "-h") return ["help", rest];
  return first.startsWith("-") ? ["pulse", [first, ...rest]] : [first, rest];
}

/** The parser is loaded only where there is something to parse: that takes as long as all of Deno's start. */
async function parse(command: Command, args: string[]) {
  if (args.length === 0) {
    const none = new Map<string, never>();
    return { words: [], switches: new Set<string>(), options: none, lists: none };
  }
  const { parseArguments } = await import("./parse_arguments.ts");
  return parseArguments(command, args);
}

function checkCount({ usage, words: { least, most } }: Command, words: string[]): void {
  if (words.length < least) throw new UsageError(`something is missing\nusage: ${usage}`);
  if (words.length <= most) return;
  const extra = words[most];
  const quote = most > 1 ? " (a text of several words goes in quotes)" : "";
  throw new UsageError(`unexpected argument ${extra}${quote}\nusage: ${usage}`);
}

async function unknownCommand(name: string): Promise<UsageError> {
  const { nearest } = await import("../model/nearest.ts");
  const names = Object.keys(COMMANDS).filter((name) => !HIDDEN.includes(name));
  const meant = nearest(name, names);
  const guess = meant === null ? "" : `; did you mean looop ${meant}?`;
  return new UsageError(
    `unknown command ${name}${guess}\ncommands: ${names.join(", ")} (see looop help)`,
  );
}
