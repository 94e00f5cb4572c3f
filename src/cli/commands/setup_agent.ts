import { pickRunner } from "../../decide/runners/runner.ts";
import { refuseInsideWorker } from "../../inbox/caller.ts";
import { askToSetUp, type NotReady } from "../../inbox/setup_asks.ts";
import { ANY_RUNNER, setUpCommand } from "../../schema/ask.ts";
import { findMissingSetUp, isRefusedNow, noticeSetUp } from "../../loop/setup.ts";
import { canPrompt, openPrompter } from "../../os/prompter.ts";
import { findProgram } from "../../os/run_tool.ts";
import { ensureProfile } from "../../profile/ensure.ts";
import { wakePulse } from "../../profile/markers.ts";
import type { Profile } from "../../profile/profile.ts";
import { PRESET_NAMES } from "../../schema/config.ts";
import { UsageError, UserError } from "../../schema/errors.ts";
import {
  attachSetUp,
  findNotReady,
  installCommand,
  openSetUp,
} from "../../workers/setup_session.ts";
import { type Command, type CommandContext, FAILED, OK } from "../command.ts";
import { hangText, safeLine, safePrompter } from "../output/text.ts";
import { joinLines } from "../output/view.ts";

/** `looop setup-agent`: opens a runner's program, in which the user logs in and answers its questions. */
export const setupAgentCommand: Command = {
  usage: "looop setup-agent [runner] [--force]",
  badConfig: "refuse",
  completes: ["runner"],
  async run(context) {
    const { words: [word], switches, terminal, open } = context;
    const profile = await open();
    await refuseInsideWorker(profile, "set up a program");
    const runner = word ?? await runnerToSetUp(profile);
    if (!PRESET_NAMES.some((name) => name === runner)) {
      throw new UsageError(
        `cannot set up ${runner}: looop knows ${PRESET_NAMES.join(", ")}; set up others yourself`,
      );
    }
    if (!findProgram(runner, profile.env("PATH") ?? "")) {
      const install = installCommand(runner);
      throw new UserError(`cannot set up ${runner}: it is not installed; install it: ${install}`);
    }
    await ensureProfile(profile);
    const missing = await findNotReady(profile, runner, "workers");
    const isInteractive = terminal.columns() !== null && canPrompt();
    // What a provider refuses is not in the program's files: the user has to log in anew.
    const isRefused = isInteractive && await isRefusedNow(profile, runner);
    if (missing === null && !isRefused && !switches.has("force")) {
      await noticeSetUp(profile, runner);
      await wakePulse(profile);
      context.say(`${runner} is ready; looop setup-agent ${runner} --force opens it anyway\n`);
      return OK;
    }
    if (missing) await askToSetUp(profile, missing);
    if (!isInteractive) {
      await openSetUp(profile, runner);
      const why = missing ? `: ${missing.why}` : "";
      context.say(`opened ${runner}${why}; in a terminal, run ${setUpCommand({ runner })}\n`);
      return missing ? FAILED : OK;
    }
    const why = missing?.why ?? (isRefused ? "the provider refused its credentials" : "");
    return await setUp(context, profile, { runner, why }, isRefused);
  },
};

/** The program that needs it: that of decisions, or else that of workers. */
async function runnerToSetUp(profile: Profile): Promise<string> {
  const missing = (await findMissingSetUp(profile))?.runner;
  const runner = missing ?? pickRunner(profile).runner?.name;
  if (runner !== undefined && runner !== ANY_RUNNER) return runner;
  throw new UserError(
    `cannot set up an agent program: none of ${PRESET_NAMES.join(", ")} is on PATH; ` +
      `install one: ${installCommand("claude")}`,
  );
}

/** Opens the program in this terminal, and reports whether it is ready afterwards. */
async function setUp(
  { terminal, signal }: CommandContext,
  profile: Profile,
  { runner, why }: NotReady,
  isRefused = false,
): Promise<number> {
  const say = (text: string) => terminal.out(joinLines(hangText("", text, terminal.columns())));
  say(
    `Opening ${runner}${why && `: ${why}`}. Answer its questions; looop returns by itself when ` +
      `${runner} is ready. Ctrl-\\ Ctrl-\\ returns at once.`,
  );
  const left = await attachSetUp(profile, runner, signal);
  if (left !== null) {
    say(`${runner} is not ready: ${left.why}. Continue with ${setUpCommand(left)}`);
    return FAILED;
  }
  await noticeSetUp(profile, runner);
  await wakePulse(profile);
  // Without a reason in its files, only the next decision shows it.
  say(isRefused ? `looop tries ${runner} again now` : `${runner} is ready`);
  return OK;
}

/**
 * Says what the programs of decisions and workers still need, and asks for it in the inbox. Where there is a terminal, it
 * offers to open the program now, unless the user was asked before.
 *
 * @param offers `false`: only says and asks it
 * @throws {PromptStopped} on Ctrl-C.
 */
export async function offerSetUpAgent(
  context: CommandContext,
  profile: Profile,
  offers = true,
): Promise<void> {
  const { terminal, signal } = context;
  const say = (text: string) =>
    terminal.out(joinLines(hangText("", safeLine(text), terminal.columns())));
  const isInteractive = offers && terminal.columns() !== null && canPrompt();
  const seen = new Set<string>();
  // The program of decisions first, then that of workers if it is another one.
  for (;;) {
    const missing = await findMissingSetUp(profile);
    if (!missing || seen.has(missing.runner)) return;
    seen.add(missing.runner);
    const isNew = await askToSetUp(profile, missing);
    if (missing.runner === ANY_RUNNER) return say(`${missing.why}.`);
    const isInstalled = findProgram(missing.runner, profile.env("PATH") ?? "") !== null;
    if (!isInteractive || !isNew || !isInstalled) {
      return say(`${missing.why}. To set it up: ${setUpCommand(missing)}`);
    }
    say(`${missing.why}.`);
    const prompter = safePrompter(await openPrompter(signal), profile.mask);
    if (!await prompter.confirm(`Open ${missing.runner} now to set it up?`, true)) {
      return say(`To set it up later: ${setUpCommand(missing)}`);
    }
    await setUp(context, profile, missing);
  }
}
