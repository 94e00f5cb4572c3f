import { lockHolder } from "../host/lock.ts";
import { canPrompt, openPrompter, type Prompter } from "../host/prompter.ts";
import type { Answers, Given } from "../init/answers.ts";
import { askAnswers } from "../init/ask_answers.ts";
import { checkAnswers } from "../init/check_answers.ts";
import { callPerson } from "../init/call_person.ts";
import { endWizard } from "../init/end_wizard.ts";
import { findToday, type Today } from "../init/find_today.ts";
import { hasAny } from "../init/has_any.ts";
import { insideWizard } from "../init/inside_wizard.ts";
import { planSetup } from "../init/plan_setup.ts";
import type { SetupPlan } from "../init/setup_plan.ts";
import { writeSetup } from "../init/write_setup.ts";
import { UsageError, UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { detachClients } from "../workers/detach_clients.ts";
import type { CommandContext } from "./command.ts";
import { describeError } from "./describe_error.ts";
import { exitCodeOf, FAILED, OK } from "./exit_codes.ts";
import { FLAGS, readInitFlags } from "./init_flags.ts";
import { initCommand } from "./init_command.ts";
import { renderSetup } from "./render_setup.ts";
import { renderSetUp } from "./render_set_up.ts";
import { safePrompter } from "./safe_prompter.ts";
import { safeLine } from "./safe_text.ts";
import { viewOf } from "./view.ts";
import { hangText } from "./wrap_text.ts";

/**
 * Takes the answers from flags and from the person, shows every file, and writes them after a yes.
 *
 * @throws {PromptStopped} on Ctrl-C: nothing was written.
 */
export async function setUp(context: CommandContext): Promise<number> {
  const given = readInitFlags(context);
  const profile = await context.open();
  const worker = await insideWizard(profile);
  const open = await prompterFor(context, worker);
  const prompter = open && safePrompter(open, profile.mask);
  if (worker === null) return await setUpHere(context, { profile, worker, prompter, given });
  try {
    await callPerson(profile, worker, prompter);
    const status = await setUpHere(context, { profile, worker, prompter, given })
      .catch((error) => tellFailure(context, error));
    // The terminal goes with the worker, and what it shows last would go unread.
    await prompter?.text("Enter closes this:");
    return status;
  } finally {
    await detachClients(profile, worker);
  }
}

function tellFailure({ terminal, signal }: CommandContext, error: unknown): number {
  if (!(error instanceof UserError) || signal.aborted) throw error;
  terminal.err(describeError(error));
  return exitCodeOf(error);
}

/** What {@linkcode setUp} has found out before it asks anything. */
interface Setting {
  profile: Profile;
  /** The worker that this is. */
  worker: string | null;
  /** `null`: nobody is asked. */
  prompter: Prompter | null;
  given: Given;
}

async function setUpHere(
  context: CommandContext,
  { profile, worker, prompter, given }: Setting,
): Promise<number> {
  const { switches, terminal, signal } = context;
  const today = await findToday(profile);
  await checkAnswers(profile, given, today);
  const answers = prompter === null
    ? byDefault(given, today)
    : await ask(context, profile, prompter, { given, today });
  const plan = await planSetup(profile, answers, today);
  const view = await viewOf(terminal);
  if (plan.changes.length === 0 && plan.archives === null) {
    terminal.out("nothing to write: all of that is there already\n");
    return OK;
  }
  terminal.out(await renderSetup(plan, view));
  if (switches.has("print")) {
    terminal.out("nothing is written: --print\n");
    return OK;
  }
  if (prompter !== null && !await prompter.confirm(`Write ${countOf(plan)}?`, true)) {
    terminal.out("nothing was written; looop init begins anew\n");
    return FAILED;
  }
  signal.throwIfAborted();
  await writeSetup(profile, plan, signal);
  if (worker === null) await endWizard(profile);
  const isTicking = await lockHolder(profile.paths.pulseLock) !== null;
  terminal.out(renderSetUp(plan, { profile, isWorker: worker !== null, isTicking }, view));
  return OK;
}

async function prompterFor(
  { terminal, switches, signal }: CommandContext,
  worker: string | null,
): Promise<Prompter | null> {
  const unasked = switches.has("yes");
  if (worker !== null && unasked) throw new UsageError("--yes: in a worker the person says yes");
  const isTerminal = terminal.columns() !== null && canPrompt();
  if (isTerminal && !unasked) return await openPrompter(signal);
  if (unasked || switches.has("print")) return null;
  throw cannotAsk("this is no terminal");
}

/** Whoever is not asked gets what holds today; but something there has to be, to look at or to aim for. */
function byDefault(given: Given, today: Today): Answers {
  const answers = {
    ...today.answers,
    ...{ sensors: [], goals: [], may: [], ask: [], never: [] },
    ...given,
  };
  if (!hasAny(answers, today)) throw cannotAsk("there is nothing to watch or to aim for yet");
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
  tell("Enter takes what stands there; Ctrl-C stops, and writes nothing.");
  return await askAnswers(profile, { prompter, tell, given, today });
}

function cannotAsk(why: string): UsageError {
  const width = Math.max(...FLAGS.map(([flag]) => flag.length));
  const flags = FLAGS.map(([flag, about]) => `  ${flag.padEnd(width)}  ${about}\n`).join("");
  return new UsageError(
    `cannot ask what to set up: ${why}. Give the answers, at least one --sensor or --goal, with --yes (or --print, ` +
      `which writes nothing):\n${flags}usage: ${initCommand.usage}`,
  );
}

function countOf({ changes, archives }: SetupPlan): string {
  const files = changes.length + (archives ? 1 : 0);
  return files === 1 ? "this file" : `these ${files} files`;
}
