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
import { UsageError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import type { CommandContext } from "./command.ts";
import { FAILED, OK } from "./exit_codes.ts";
import { FLAGS, readInitFlags } from "./init_flags.ts";
import { renderSetup } from "./render_setup.ts";
import { renderSetUp } from "./render_set_up.ts";
import { safeLine } from "./safe_text.ts";
import { viewOf } from "./view.ts";
import { hangText } from "./wrap_text.ts";

export const USAGE = "looop init [--sensor S]… [--goal G]… [--runner R] [--yes] [--print]";

/**
 * Takes the answers from flags and from the person, shows every file, and writes them after a yes.
 *
 * @throws {PromptStopped} on Ctrl-C: nothing was written.
 */
export async function setUp(context: CommandContext): Promise<number> {
  const { switches, terminal, signal, open } = context;
  const given = readInitFlags(context);
  const unasked = switches.has("yes");
  const profile = await open();
  const worker = await insideWizard(profile);
  if (worker !== null && unasked) throw new UsageError("--yes: in a worker the person says yes");
  const today = await findToday(profile);
  await checkAnswers(profile, given, today);
  const isTerminal = terminal.columns() !== null && canPrompt();
  if (!isTerminal && !unasked && !switches.has("print")) throw cannotAsk("this is no terminal");
  const prompter = isTerminal && !unasked ? await openPrompter(signal) : null;
  if (worker !== null) await callPerson(profile, worker, prompter);

  const answers = prompter === null
    ? byDefault(given, today)
    : await ask(context, profile, prompter, { given, today });
  const plan = await planSetup(profile, answers, today);
  const view = await viewOf(terminal);
  if (plan.changes.length === 0 && !plan.archivesSetup) {
    terminal.out("nothing to write: all of that is there already\n");
    await waitInWorker(worker, prompter);
    return OK;
  }
  terminal.out(await renderSetup(plan, view));
  if (switches.has("print")) {
    terminal.out("nothing is written: --print\n");
    await waitInWorker(worker, prompter);
    return OK;
  }
  if (prompter !== null && !await prompter.confirm(`Write ${countOf(plan)}?`, true)) {
    terminal.out("nothing was written; looop init begins anew\n");
    await waitInWorker(worker, prompter);
    return FAILED;
  }
  signal.throwIfAborted();
  await writeSetup(profile, plan, signal);
  if (worker === null) await endWizard(profile);
  terminal.out(renderSetUp(plan, { profile, isWorker: worker !== null }, view));
  await waitInWorker(worker, prompter);
  return OK;
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
      `which writes nothing):\n${flags}usage: ${USAGE}`,
  );
}

function countOf({ changes, archivesSetup }: SetupPlan): string {
  const files = changes.length + (archivesSetup ? 1 : 0);
  return files === 1 ? "this file" : `these ${files} files`;
}

/** The terminal goes with the worker, and what it shows last would go unread. */
async function waitInWorker(worker: string | null, prompter: Prompter | null): Promise<void> {
  if (worker !== null) await prompter?.text("Enter closes this:");
}
