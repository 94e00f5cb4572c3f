import { makeMask, type Mask } from "../mask/mask.ts";
import { systemEnvironment } from "../os/env.ts";
import type { Terminal } from "../os/terminal.ts";
import { openProfile, type Profile, type ProfileOptions } from "../profile/profile.ts";
import { ConfigError, messageOf, UsageError, UserError } from "../schema/errors.ts";
import { nearest } from "../schema/text.ts";
import { parseArguments } from "./args.ts";
import { type Command, COMMANDS, FAILED, HIDDEN, pickVerb, WRONG_USAGE } from "./command.ts";
import { safeLine, safeText } from "./output/text.ts";

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
      mask ??= environmentMask(where);
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
  if (!Object.hasOwn(COMMANDS, name)) throw unknownCommand(name);
  const named = await COMMANDS[name]();
  const { command, rest } = named.verbs
    ? pickVerb(named, behind)
    : { command: named, rest: behind };
  const { words, switches, options, lists } = parse(command, rest);
  if (switches.has("help")) return await run(["help", name], terminal, signal, where, onMask);
  checkCount(command, words);
  if (!command.ownWords) onMask(environmentMask(where));
  return await command.run({
    words,
    switches,
    options,
    lists,
    terminal,
    signal,
    async open(options) {
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
function environmentMask({ environment }: ProfileOptions): Mask {
  return makeMask(environment ?? systemEnvironment(), []);
}

/** `looop` alone is the pulse. */
function split([first, ...rest]: readonly string[]): [name: string, rest: string[]] {
  if (first === undefined) return ["pulse", []];
  if (first === "--version" || first === "-V") return ["version", rest];
  if (first === "--help" || first === "-h") return ["help", rest];
  return first.startsWith("-") ? ["pulse", [first, ...rest]] : [first, rest];
}

function parse(command: Command, args: string[]) {
  if (args.length === 0) {
    const none = new Map<string, never>();
    return { words: [], switches: new Set<string>(), options: none, lists: none };
  }
  return parseArguments(command, args);
}

function checkCount({ usage, words: { least, most } }: Command, words: string[]): void {
  if (words.length < least) throw new UsageError(`something is missing\nusage: ${usage}`);
  if (words.length <= most) return;
  const extra = words[most];
  const quote = most > 1 ? " (a text of several words goes in quotes)" : "";
  throw new UsageError(`unexpected argument ${extra}${quote}\nusage: ${usage}`);
}

function unknownCommand(name: string): UsageError {
  const names = Object.keys(COMMANDS).filter((name) => !HIDDEN.includes(name));
  const meant = nearest(name, names);
  const guess = meant === null ? "" : `; did you mean looop ${meant}?`;
  return new UsageError(
    `unknown command ${name}${guess}\ncommands: ${names.join(", ")} (see looop help)`,
  );
}

/** 128 + the signal's number, as shells count. SIGPIPE: the reader of stdout has gone. */
const STOPPED_BY: Record<string, number> = { SIGHUP: 129, SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 };

/** The exit status of what was thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError || error instanceof ConfigError ? WRONG_USAGE : FAILED;
}

/** The exit status of what was stopped; `reason` is the signal's name. */
export function stoppedCode(reason: unknown): number {
  return STOPPED_BY[String(reason)] ?? FAILED;
}

/** Tells a person what went wrong: what they can mend in a few words, a bug of looop with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError || fromSystem(error)) {
    return `looop: ${safeText(messageOf(error))}\n`;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return `looop: ${safeText(stack)}\n` +
    `looop: this is a bug in looop: please report the lines above, and what "looop version" prints\n`;
}

/** Whether the operating system, or the scope that Deno runs in, refused something (`EACCES`, `ENOSPC`, …). */
function fromSystem(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === "NotCapable") return true;
    if ("code" in at && typeof at.code === "string" && /^E[A-Z0-9]+$/.test(at.code)) return true;
  }
  return false;
}

/**
 * Masks all text that goes to a terminal, as the last of several places that do; bytes pass as they are.
 *
 * @param mask asked for at each text, since the profile may be opened later; `null`: as yet there is nothing to hide
 */
export function maskedTerminal(terminal: Terminal, mask: () => Mask | null): Terminal {
  const masked = (text: string) => mask()?.(text) ?? text;
  return {
    ...terminal,
    out: (text) => terminal.out(masked(text)),
    err: (text) => terminal.err(masked(text)),
    status: (line) => terminal.status(masked(line)),
  };
}

/** What a worker in a sandbox may use: what it says to looop, what it claims, and what only reads. */
const WORKS = [
  ...["ask", "flag", "unflag", "propose", "kill", "claim", "unclaim", "cost", "asks"],
  ...["permission-request", "version", "help"],
];

/**
 * Refuses a command that cannot work inside the sandbox of a worker, in one line. It is for the worker to understand:
 * what keeps it from doing such a thing is the sandbox.
 *
 * @throws {UserError} where this runs in one.
 */
export function refuseInSandbox({ env }: Pick<Profile, "env">, command: string): void {
  if (env("LOOOP_INBOX") === undefined || WORKS.includes(command)) return;
  throw new UserError(
    `cannot use ${
      command === "pulse" ? "looop" : `looop ${command}`
    } inside the sandbox of worker ` +
      `${env("LOOOP_SESSION_ID") ?? "?"}: that is for the person, outside; a worker can use ` +
      WORKS.filter((name) => name !== "permission-request").join(", "),
  );
}
