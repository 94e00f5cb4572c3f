import { pickRunner } from "../decide/pick_runner.ts";
import type { Profile } from "../profile/profile.ts";
import { seededIds } from "../profile/seed_profile.ts";
import { type Answers, SAME } from "./answers.ts";
import type { AskInput } from "./ask_input.ts";
import { askSensors } from "./ask_sensors.ts";
import { parseUsd, refuseLine } from "./refuse_answer.ts";
import { runnerChoices, tellsNoDollars } from "./runner_choices.ts";
import { sandboxFails } from "./sandbox_fails.ts";

/** Asks the person for whatever was not given; what holds today stands there as the answer. */
export async function askAnswers(profile: Profile, input: AskInput): Promise<Answers> {
  const { given, today: { answers: now, goals } } = input;
  const runner = given.runner ?? await askRunner(profile, input);
  const workerRunner = given.workerRunner ?? await askWorkerRunner(profile, input);
  const usdPerDay = given.usdPerDay ?? await askUsd(profile, input, runner);
  const sandbox = given.sandbox ?? await askSandbox(profile, input);
  const sensors = given.sensors ?? await askSensors(profile, input);
  const there = goals.filter(({ id }) => !seededIds.includes(id)).map(({ goal }) => goal);
  if (there.length > 0) input.tell(`Goals that are there, and are kept: ${there.join("; ")}`);
  const lines = (message: string) => askLines(input, message);
  return {
    ...{ runner, workerRunner, usdPerDay, sandbox, sensors },
    goals: given.goals ?? await lines("A goal of yours, in one line (Enter: none)"),
    may: given.may ?? await lines(`It may by itself${known(now.may)} (Enter: nothing more)`),
    ask: given.ask ?? await lines(`Only after your yes${known(now.ask)} (Enter: nothing more)`),
    never: given.never ?? await lines(`Never${known(now.never)} (Enter: nothing more)`),
  };
}

function known(lines: string[]): string {
  return lines.length === 0 ? "" : `, besides ${lines.join("; ")}`;
}

async function askRunner(
  profile: Profile,
  { prompter, today }: AskInput,
): Promise<string> {
  const { runner: now } = today.answers;
  const choices = runnerChoices(profile);
  if (!choices.some(({ name }) => name === now)) choices.unshift({ name: now, about: "as it is" });
  const texts = choices.map(({ name, about }) => `${name}: ${about}`);
  const chosen = await prompter.choose(
    "Who decides? (arrows, Enter)",
    texts,
    choices.findIndex(({ name }) => name === now),
  );
  return choices[chosen].name;
}

async function askWorkerRunner(profile: Profile, input: AskInput): Promise<string> {
  const now = input.today.answers.workerRunner;
  const choices = runnerChoices(profile).filter(({ name }) => name !== "auto" && name !== "none");
  if (choices.length === 0) return now;
  const options = [{ name: SAME, about: "as who decides" }, ...choices];
  if (!options.some(({ name }) => name === now)) options.push({ name: now, about: "as it is" });
  const chosen = await input.prompter.choose(
    "What do workers run? (arrows, Enter)",
    options.map(({ name, about }) => `${name}: ${about}`),
    options.findIndex(({ name }) => name === now),
  );
  return options[chosen].name;
}

/** Who decides by a runner that tells no dollars could only be held by a budget of them. */
async function askUsd(
  profile: Profile,
  { prompter, tell, given, today }: AskInput,
  runner: string,
): Promise<number | null> {
  if (given.usdPerDay !== undefined) return given.usdPerDay;
  const { usdPerDay: now } = today.answers;
  const deciding = await pickRunner({ ...profile, config: { ...profile.config, runner } });
  if (deciding.runner === null || await tellsNoDollars(profile, runner) !== null) return now;
  for (;;) {
    const text = await prompter.text(
      "Dollars that may be spent a day, or none:",
      String(now ?? "none"),
    );
    const usd = parseUsd(text === "" ? "none" : text);
    if (usd !== undefined) return usd;
    tell(`${text}: it must be dollars, such as 5 or 0.50, or none`);
  }
}

async function askSandbox(
  profile: Profile,
  { prompter, tell, today }: AskInput,
): Promise<Answers["sandbox"]> {
  const { sandbox: now } = today.answers;
  const why = await sandboxFails(profile);
  if (why !== null) {
    if (now === "bwrap") tell(`The config asks for a sandbox, which does not work here: ${why}`);
    return now;
  }
  const message = "Keep commands, sensors and workers in a sandbox, where they only read?";
  return await prompter.confirm(message, now === "bwrap") ? "bwrap" : "none";
}

async function askLines({ prompter, tell }: AskInput, message: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const text = await prompter.text(
      lines.length === 0 ? `${message}:` : "Another (Enter: no more):",
    );
    if (text === "") return lines;
    const wrong = refuseLine(text);
    if (wrong === null) lines.push(text);
    else tell(wrong);
  }
}
