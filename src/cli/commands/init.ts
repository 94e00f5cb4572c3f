import { composeSensor, type SensorOrder } from "../../catalogue/render.ts";
import { checkAnswers, parseUsd, refuseLine } from "../../init/checks.ts";
import { hasAny, readCurrentSetup, type Today } from "../../init/current.ts";
import { planSetup, type SetupPlan } from "../../init/plan.ts";
import { type Answers, askAnswers, type Given } from "../../init/questions.ts";
import { endWizard, insideWizard, notifyUser } from "../../init/session.ts";
import { writeSetup } from "../../init/write.ts";
import { lockHolder } from "../../os/lock.ts";
import { canPrompt, openPrompter, type Prompter, PromptStopped } from "../../os/prompter.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError, UserError } from "../../schema/errors.ts";
import { detachClients } from "../../workers/attach.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { describeError, exitCodeOf, stoppedCode } from "../main.ts";
import { manualSections } from "../help.ts";
import { renderSetup, renderSetupResult } from "../output/setup.ts";
import { hangText, safeLine, safePrompter } from "../output/text.ts";
import { viewOf } from "../output/view.ts";

/** `looop init`: asks what to watch and what to aim for, and writes config, sensors and goals. */
export const initCommand: Command = {
  usage: "looop init [--sensor S]… [--goal G]… [--runner R] [--yes] [--print]",
  // Flags of one value are lists, too, so that a repeated one is an error.
  lists: ["runner", "worker-runner", "usd-per-day", "sandbox", "may", "ask", "never"],
  completesOptions: {
    "runner": "runner",
    "worker-runner": "runner",
    "sandbox": ["none", "bwrap"],
    "sensor": "catalogue",
  },
  async run(context: CommandContext) {
    try {
      return await setUp(context);
    } catch (error) {
      if (!(error instanceof PromptStopped)) throw error;
      context.terminal.err("looop: cancelled; nothing was written\n");
      return context.signal.aborted ? OK : stoppedCode("SIGINT");
    }
  },
};

/** @throws {UsageError} for an invalid value. */
function readInitFlags({ lists }: Pick<CommandContext, "lists">): Given {
  const usd = single(lists, "usd-per-day");
  const usdPerDay = usd === undefined ? undefined : parseUsd(usd);
  if (usd !== undefined && usdPerDay === undefined) {
    throw new UsageError(`--usd-per-day ${usd}: use dollars such as 5 or 0.50, or none`);
  }
  const sandbox = single(lists, "sandbox");
  if (sandbox !== undefined && sandbox !== "none" && sandbox !== "bwrap") {
    throw new UsageError(`--sandbox ${sandbox}: use none or bwrap`);
  }
  const lines = (flag: string) => lists.get(flag)?.map((line) => parseLine(flag, line));
  const given: Given = {
    ...{ runner: single(lists, "runner"), workerRunner: single(lists, "worker-runner") },
    ...{ usdPerDay, sandbox, sensors: lists.get("sensor")?.map(parseSensor) },
    ...{ goals: lines("goal"), may: lines("may"), ask: lines("ask"), never: lines("never") },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function single(lists: CommandContext["lists"], name: string): string | undefined {
  const values = lists.get(name) ?? [];
  if (values.length > 1) throw new UsageError(`--${name} is given twice`);
  return values[0];
}

/**
 * Reads `NAME:KEY=VALUE,KEY=VALUE`. A comma separates settings only before `KEY=`, and never as `\,`, so that a
 * value can be a list. `as=NAME` renames the sensor.
 */
export function parseSensor(text: string): SensorOrder {
  const [, name, settings = ""] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  const parts = settings === "" ? [] : settings.split(/(?<!\\),(?=[a-z_]+=)/);
  const set = parts.map((part) => part.replaceAll("\\,", ","));
  const names = set.filter((part) => part.startsWith("as=")).map((part) => part.slice(3));
  const order: SensorOrder = { name, set: set.filter((part) => !part.startsWith("as=")) };
  if (names.length > 1) throw new UsageError(`--sensor ${name}: as is set twice`);
  if (names.length === 1) order.as = names[0];
  try {
    composeSensor(order);
  } catch (error) {
    throw new UsageError(
      `--sensor ${name}: ${
        messageOf(error)
      }\nuse --sensor NAME:KEY=VALUE,KEY=VALUE; looop sensor add lists the catalogue`,
      { cause: error },
    );
  }
  return order;
}

/** One line, trimmed. */
function parseLine(flag: string, text: string): string {
  const line = text.trim();
  const wrong = refuseLine(line);
  if (wrong === null) return line;
  throw new UsageError(`--${flag}: ${wrong}`);
}

/**
 * Takes the answers from flags and prompts, shows every file, and writes them after confirmation.
 *
 * @throws {PromptStopped} on Ctrl-C; nothing was written.
 */
async function setUp(context: CommandContext): Promise<number> {
  const given = readInitFlags(context);
  const profile = await context.open();
  const worker = await insideWizard(profile);
  const open = await prompterFor(context, worker);
  const prompter = open && safePrompter(open, profile.mask);
  if (worker === null) return await setUpHere(context, { profile, worker, prompter, given });
  try {
    await notifyUser(profile, worker, prompter);
    const status = await setUpHere(context, { profile, worker, prompter, given })
      .catch((error) => reportFailure(context, error));
    // The terminal closes with the worker, so its last output would not be read.
    await prompter?.text("Press Enter to close this:");
    return status;
  } finally {
    await detachClients(profile, worker);
  }
}

function reportFailure({ terminal, signal }: CommandContext, error: unknown): number {
  if (!(error instanceof UserError) || signal.aborted) throw error;
  terminal.err(describeError(error));
  return exitCodeOf(error);
}

interface Setting {
  profile: Profile;
  /** The worker that runs this, if any. */
  worker: string | null;
  /** `null`: the flags are the only answers. */
  prompter: Prompter | null;
  given: Given;
}

async function setUpHere(
  context: CommandContext,
  { profile, worker, prompter, given }: Setting,
): Promise<number> {
  const { switches, terminal, signal } = context;
  const today = await readCurrentSetup(profile);
  await checkAnswers(profile, given, today);
  const answers = prompter === null
    ? byDefault(given, today)
    : await ask(context, profile, prompter, { given, today });
  const plan = await planSetup(profile, answers, today);
  const view = await viewOf(terminal);
  if (plan.changes.length === 0 && plan.archives === null) {
    terminal.out("nothing to write: everything exists already\n");
    return OK;
  }
  terminal.out(await renderSetup(plan, view));
  if (switches.has("print")) {
    terminal.out("nothing was written (--print)\n");
    return OK;
  }
  if (prompter !== null && !await prompter.confirm(`Write ${countOf(plan)}?`, true)) {
    terminal.out("cancelled; nothing was written\n");
    return FAILED;
  }
  signal.throwIfAborted();
  await writeSetup(profile, plan, signal);
  if (worker === null) await endWizard(profile);
  const isTicking = await lockHolder(profile.paths.pulseLock) !== null;
  terminal.out(renderSetupResult(plan, { profile, isWorker: worker !== null, isTicking }, view));
  return OK;
}

async function prompterFor(
  { terminal, switches, signal }: CommandContext,
  worker: string | null,
): Promise<Prompter | null> {
  const unasked = switches.has("yes");
  if (worker !== null && unasked) {
    throw new UsageError("--yes does not work in a worker, where the user has to confirm");
  }
  const isTerminal = terminal.columns() !== null && canPrompt();
  if (isTerminal && !unasked) return await openPrompter(signal);
  if (unasked || switches.has("print")) return null;
  throw cannotAsk("stdin or stdout is not a terminal");
}

/** Without prompts, what no flag answers keeps its current value; at least one sensor or goal is required. */
function byDefault(given: Given, today: Today): Answers {
  const answers = {
    ...today.answers,
    ...{ sensors: [], goals: [], may: [], ask: [], never: [] },
    ...given,
  };
  if (!hasAny(answers, today)) throw cannotAsk("there are no sensors and goals yet");
  return answers;
}

async function ask(
  { terminal }: CommandContext,
  profile: Profile,
  prompter: Prompter,
  { given, today }: { given: Given; today: Today },
): Promise<Answers> {
  const tell = (line: string) => {
    const lines = hangText("  ", safeLine(line), terminal.columns());
    terminal.out(lines.map((line) => `${line}\n`).join(""));
  };
  tell("Enter accepts the default; Ctrl-C cancels and writes nothing.");
  return await askAnswers(profile, { prompter, tell, given, today });
}

function cannotAsk(why: string): UsageError {
  const manual = manualSections().find(({ name }) => name === "init")?.text ?? "";
  const flags = manual.match(/^ {4}.*\n/gm)?.join("") ?? "";
  return new UsageError(
    `cannot ask what to set up: ${why}. Use flags, at least one --sensor or --goal, and --yes or --print:\n` +
      flags.trimEnd(),
  );
}

function countOf({ changes, archives }: SetupPlan): string {
  const files = changes.length + (archives ? 1 : 0);
  return files === 1 ? "this file" : `these ${files} files`;
}
