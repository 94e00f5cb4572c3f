/**
 * The command line: picks a command, parses its arguments, runs it and reports errors.
 *
 * - `command.ts` the table of commands; `args.ts` words and options; `help.ts`, `completion.ts`
 * - `commands/` one file per noun; `output/` renders text for a terminal
 * - `document_input.ts` reads a document from a file, stdin or the editor; `worker_ref.ts` resolves worker ids
 *
 * @module
 */
import { makeMask, type Mask } from "../mask/mask.ts";
import { systemEnvironment } from "../os/env.ts";
import type { Terminal } from "../os/terminal.ts";
import type { Profile, ProfileOptions } from "../profile/profile.ts";
import { ConfigError, messageOf, UsageError, UserError } from "../schema/errors.ts";
import { didYouMean, parseArguments } from "./args.ts";
import {
  type CommandContext,
  COMMANDS,
  FAILED,
  HIDDEN,
  OK,
  pickVerb,
  WRONG_USAGE,
} from "./command.ts";
import { foldText, safeJson, safeLine, safeText } from "./output/text.ts";
import { viewOf } from "./output/view.ts";

/**
 * Runs looop's command line and returns the exit status. It never throws: errors are printed on stderr.
 *
 * @param args without the program's own name
 * @param signal stops the command; its reason is the signal's name
 * @param where the profile. Default: the one that the environment names
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
  terminal: ReturnType<typeof maskedTerminal>,
  signal: AbortSignal,
  where: ProfileOptions,
  onMask: (mask: Mask) => void,
): Promise<number> {
  const [name, behind] = split(args);
  if (!Object.hasOwn(COMMANDS, name)) throw unknownCommand(name);
  let command = await COMMANDS[name]();
  try {
    const picked = pickVerb(command, behind);
    command = picked.command;
    const given = parseArguments(command, picked.rest);
    if (given.switches.has("help")) {
      return await run(["help", name], terminal, signal, where, onMask);
    }
    if (!command.unmasked) onMask(environmentMask(where));
    const status = await command.run({
      ...given,
      terminal,
      signal,
      async open(options) {
        // Here, since the config's schema loads zod: 30 ms, more than Deno's own start.
        const { openProfile } = await import("../profile/profile.ts");
        const profile = await openProfile({
          warn: (text) => terminal.err(`looop: warning: ${safeLine(text)}\n`),
          badConfig: command.badConfig === "refuse" ? "refuse" : "last",
          ...where,
          ...options,
        });
        onMask(profile.mask);
        refuseInSandbox(profile, name);
        const { configProblem } = profile;
        if (configProblem !== undefined && !command.badConfig) profile.warn(configProblem);
        return profile;
      },
      say: terminal.say,
      async print(value, render) {
        const json = given.switches.has("json");
        terminal.out(json ? `${safeJson(value)}\n` : await render(await viewOf(terminal)));
      },
      async input(word, maxCharacters) {
        // A character has at most four bytes.
        const text = word === "-"
          ? (await terminal.input(maxCharacters * 4, signal)).trimEnd()
          : word;
        signal.throwIfAborted();
        return text;
      },
    });
    return status ?? OK;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${error.message}\nusage: ${command.usage}`, { cause: error });
  }
}

/** Masks the environment's secrets alone, for as long as the config is unread or invalid. */
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

/** What other programs call a command. */
const OTHER_NAMES: Record<string, string> = {
  ...{ list: "ls", ps: "ls", workers: "ls", worker: "ls", log: "logs", tail: "logs" },
  ...{ start: "up", stop: "down", quit: "down", setup: "init", login: "setup-agent" },
  ...{ inbox: "asks", yes: "approve", no: "reject", deny: "reject", history: "journal" },
  ...{ budget: "cost", spend: "cost", goals: "goal ls", sensors: "sensor ls", check: "doctor" },
  ...{
    set: "help config",
    tasks: "goal ls",
    config: "help config",
    manual: "help all",
    revert: "undo",
    join: "attach",
    stat: "status",
  },
};

function unknownCommand(name: string): UsageError {
  const names = Object.keys(COMMANDS).filter((name) => !HIDDEN.includes(name));
  const guess = Object.hasOwn(OTHER_NAMES, name)
    ? `; did you mean looop ${OTHER_NAMES[name]}?`
    : didYouMean(name, names, "looop ");
  return new UsageError(
    `unknown command ${name}${guess}\n` +
      `commands: ${names.join(", ")} (see looop help)`,
  );
}

/** 128 + the signal's number, as in a shell. SIGPIPE: the reader of stdout has closed it. */
const STOPPED_BY: Record<string, number> = {
  ...{ SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGPIPE: 141, SIGTERM: 143 },
};

/** Returns the exit status for an error. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError || error instanceof ConfigError ? WRONG_USAGE : FAILED;
}

/** Returns the exit status after a signal, given its name. */
export function stoppedCode(reason: unknown): number {
  return STOPPED_BY[String(reason)] ?? FAILED;
}

/** Describes an error: one that the user can fix by its message, a bug of looop with its stack. */
export function describeError(error: unknown): string {
  if (error instanceof UserError || fromSystem(error)) {
    return `looop: ${safeText(messageOf(error))}\n`;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return `looop: ${safeText(stack)}\n` +
    `looop: this is a bug in looop: please report the lines above and the output of "looop version"\n`;
}

/** Reports whether the operating system or Deno's permissions refused something (`EACCES`, `ENOSPC`, …). */
function fromSystem(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === "NotCapable") return true;
    if ("code" in at && typeof at.code === "string" && /^E[A-Z0-9]+$/.test(at.code)) return true;
  }
  return false;
}

/**
 * Masks all text that is printed; bytes are unchanged. It is the last of several places that mask. What goes to stderr is
 * folded to the width of the terminal.
 *
 * @param mask called for each text, since the profile may be opened later; `null`: nothing to hide yet
 */
export function maskedTerminal(
  terminal: Terminal,
  mask: () => Mask | null,
): Terminal & Pick<CommandContext, "say"> {
  const masked = (text: string) => mask()?.(text) ?? text;
  // Masked first, since a broken secret would not be found.
  const folded = (text: string) => foldText(masked(text), terminal.columns());
  return {
    ...terminal,
    out: (text) => terminal.out(masked(text)),
    say: (text) => terminal.out(folded(text)),
    err: (text) => terminal.err(folded(text)),
    status: (line) => terminal.status(masked(line)),
  };
}

/** The commands that work in a worker's sandbox: messages to looop, claims, and a few that only read. */
const ALLOWED_IN_SANDBOX = [
  ...["ask", "flag", "unflag", "told", "propose", "kill", "claim", "unclaim", "cost", "asks"],
  ...["permission-request", "version", "help"],
];

/**
 * Refuses a command that cannot work in a worker's sandbox. The message is for the worker; the sandbox itself is
 * what prevents the access.
 *
 * @throws {UserError} inside a sandbox.
 */
export function refuseInSandbox({ env }: Pick<Profile, "env">, command: string): void {
  if (env("LOOOP_INBOX") === undefined || ALLOWED_IN_SANDBOX.includes(command)) return;
  const typed = command === "pulse" ? "looop" : `looop ${command}`;
  throw new UserError(
    `cannot use ${typed} in the sandbox of worker ${
      env("LOOOP_SESSION_ID") ?? "?"
    }; a worker can use ` +
      ALLOWED_IN_SANDBOX.filter((name) => !HIDDEN.includes(name)).join(", "),
  );
}
