import { composeSensor, type SensorOrder } from "../../catalogue/render.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import {
  type Answers,
  type Given,
  hasAny,
  parseUsd,
  readCurrentSetup,
  refuseLine,
  type Today,
} from "../../init/answers.ts";
import { checkAnswers } from "../../init/checks.ts";
import { planSetup, type SetupPlan, writeSetup } from "../../init/plan.ts";
import { askAnswers } from "../../init/questions.ts";
import { lockHolder } from "../../os/lock.ts";
import { canPrompt, openPrompter, type Prompter, PromptStopped } from "../../os/prompter.ts";
import type { Profile } from "../../profile/profile.ts";
import { messageOf, UsageError } from "../../schema/errors.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { manualSections } from "../help.ts";
import { stoppedCode } from "../main.ts";
import { renderSetup, renderSetupResult } from "../output/setup.ts";
import { hangText, safeLine, safePrompter } from "../output/text.ts";
import { joinLines, viewOf } from "../output/view.ts";
import { offerSetUpAgent } from "./setup_agent.ts";

/** `looop init`: asks what to watch and what to aim for, and writes config, sensors and goals. */
export const initCommand: Command = {
  usage: "looop init [--sensor S]… [--goal G]… [--runner R] [--yes] [--print]",
  badConfig: "refuse",
  more: "[--worker-runner R] [--usd-per-day N] [--sandbox S] [--may T]… [--ask T]… [--never T]…",
  completesOptions: {
    "runner": "runner",
    "worker-runner": "runner",
    "sandbox": ["none", "bwrap"],
    "sensor": "catalogue",
  },
  async run(context: CommandContext) {
    const { switches } = context;
    const cancelled = "cancelled; nothing was written";
    const status = await untilCancelled(context, cancelled, () => setUp(context));
    if (status !== OK || switches.has("print")) return status;
    return await untilCancelled(context, "cancelled; the files are written", async () => {
      await offerSetUpAgent(context, await context.open(), !switches.has("yes"));
      return OK;
    });
  },
};

/** Runs a step that prompts; on Ctrl-C it prints what that means. */
async function untilCancelled(
  { terminal, signal }: CommandContext,
  message: string,
  step: () => Promise<number>,
): Promise<number> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof PromptStopped)) throw error;
    terminal.err(`looop: ${message}\n`);
    return signal.aborted ? OK : stoppedCode("SIGINT");
  }
}

/** @throws {UsageError} for an invalid value. */
function readInitFlags({ options, lists }: Pick<CommandContext, "options" | "lists">): Given {
  const usd = options.get("usd-per-day");
  const usdPerDay = usd === undefined ? undefined : parseUsd(usd);
  if (usd !== undefined && usdPerDay === undefined) {
    throw new UsageError(`--usd-per-day ${usd}: use dollars such as 5 or 0.50, or none`);
  }
  const sandbox = options.get("sandbox");
  if (sandbox !== undefined && sandbox !== "none" && sandbox !== "bwrap") {
    throw new UsageError(`--sandbox ${sandbox}: use none or bwrap`);
  }
  const lines = (flag: string) => lists.get(flag)?.map((line) => parseLine(flag, line));
  const given: Given = {
    ...{ runner: options.get("runner"), workerRunner: options.get("worker-runner") },
    ...{ usdPerDay, sandbox, sensors: lists.get("sensor")?.map(parseSensor) },
    ...{ goals: lines("goal"), may: lines("may"), ask: lines("ask"), never: lines("never") },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
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
 * @param willTick whether the caller starts ticking afterwards
 * @throws {PromptStopped} on Ctrl-C; nothing was written.
 */
async function setUp(context: CommandContext, willTick = false): Promise<number> {
  const { switches, terminal, signal } = context;
  const given = readInitFlags(context);
  const profile = await context.open();
  await refuseInsideWorker(profile, "set looop up");
  const prompter = await prompterFor(context, profile);
  if (prompter === null && !switches.has("yes") && !switches.has("print")) {
    throw cannotSetUp("stdin or stdout is not a terminal");
  }
  const today = await readCurrentSetup(profile);
  await checkAnswers(profile, given, today.answers);
  const report = (line: string) =>
    terminal.out(joinLines(hangText("  ", safeLine(line), terminal.columns())));
  if (prompter !== null) report("Enter accepts the default; Ctrl-C cancels and writes nothing.");
  const answers = prompter === null
    ? byDefault(given, today)
    : await askAnswers(profile, { prompter, report, given, today });
  const plan = await planSetup(profile, answers, today);
  const view = await viewOf(terminal);
  if (plan.changes.length === 0 && plan.archives === null) {
    context.say("nothing to write: everything exists already\n");
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
  const isTicking = willTick || await lockHolder(profile.paths.pulseLock) !== null;
  terminal.out(renderSetupResult(plan, { profile, isTicking }, view));
  return OK;
}

/** Opens a prompter that masks secrets; `null` without a terminal, or with `--yes`. */
async function prompterFor(
  { terminal, switches, signal }: CommandContext,
  profile: Profile,
): Promise<Prompter | null> {
  if (switches.has("yes") || terminal.columns() === null || !canPrompt()) return null;
  return safePrompter(await openPrompter(signal), profile.mask);
}

/**
 * Offers to set up a new profile that has no LLM runner, where there is a terminal.
 *
 * @throws {PromptStopped} on Ctrl-C.
 */
export async function offerSetUp(context: CommandContext, profile: Profile): Promise<void> {
  const prompter = await prompterFor(context, profile);
  if (await prompter?.confirm("Run looop init now?", true)) await setUp(context, true);
}

/** Without prompts, what no flag answers keeps its current value; at least one sensor or goal is required. */
function byDefault(given: Given, today: Today): Answers {
  const answers = {
    ...today.answers,
    ...{ sensors: [], goals: [], may: [], ask: [], never: [] },
    ...given,
  };
  if (!hasAny(answers, today)) throw cannotSetUp("there are no sensors and goals yet");
  return answers;
}

function cannotSetUp(why: string): UsageError {
  const manual = manualSections().find(({ name }) => name === "init")?.text ?? "";
  const flags = manual.match(/^ {4}.*\n/gm)?.join("") ?? "";
  return new UsageError(
    `cannot set anything up: ${why}. Use flags, at least one --sensor or --goal, and --yes or --print:\n` +
      flags.trimEnd(),
  );
}

function countOf({ changes, archives }: SetupPlan): string {
  const files = changes.length + (archives ? 1 : 0);
  return files === 1 ? "this file" : `these ${files} files`;
}
