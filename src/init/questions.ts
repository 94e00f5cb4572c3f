import { CATALOGUE, type CatalogueSensor } from "../catalogue/catalogue.ts";
import { checkPaths, composeSensor, type SensorOrder } from "../catalogue/render.ts";
import { pickRunner } from "../decide/runners/runner.ts";
import type { Prompter } from "../os/prompter.ts";
import { findProgram } from "../os/run_tool.ts";
import { isPresent, realPath } from "../os/stat.ts";
import { seededIds } from "../profile/ensure.ts";
import type { Profile } from "../profile/profile.ts";
import { PRESET_NAMES } from "../schema/config.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { type Answers, type Given, parseUsd, refuseLine, SAME, type Today } from "./answers.ts";
import { sandboxProblem, withoutPrices } from "./checks.ts";

/** What the questions need. */
export interface AskInput {
  prompter: Prompter;
  /** Shows the user one line between the questions. */
  report(line: string): void;
  /** Answers that are not asked for. */
  given: Given;
  today: Today;
}

/** Asks the user for every answer that was not given; the default is what the profile has now. */
export async function askAnswers(profile: Profile, input: AskInput): Promise<Answers> {
  const { given, today: { answers: now, goals } } = input;
  const runner = given.runner ?? await askRunner(profile, input);
  const workerRunner = given.workerRunner ?? await askWorkerRunner(profile, input);
  const usdPerDay = given.usdPerDay === undefined
    ? await askUsd(profile, input, runner)
    : given.usdPerDay;
  const sandbox = given.sandbox ?? await askSandbox(profile, input);
  const sensors = given.sensors ?? await askSensors(profile, input);
  const present = goals.filter(({ id }) => !seededIds.includes(id)).map(({ goal }) => goal);
  if (present.length > 0) input.report(`Existing goals, which are kept: ${present.join("; ")}`);
  const lines = (message: string, known: string[] = []) =>
    askLines(input, known.length === 0 ? message : `${message}, besides ${known.join("; ")}`);
  return {
    ...{ runner, workerRunner, usdPerDay, sandbox, sensors },
    goals: given.goals ?? await lines("A goal, in one line"),
    may: given.may ?? await lines("What looop may do by itself", now.may),
    ask: given.ask ?? await lines("What it may do only after your approval", now.ask),
    never: given.never ?? await lines("What it must never do", now.never),
  };
}

async function askRunner(profile: Profile, input: AskInput): Promise<string> {
  const runners = availableRunners(profile);
  const first = runners.find(({ preset }) => preset)?.name ?? "none is installed";
  return await chooseName(input, "What decides? (arrows, Enter)", input.today.answers.runner, [
    { name: "auto", about: `the first that is installed (now: ${first})` },
    ...runners,
    { name: "none", about: "no LLM: only the goals' own rules" },
  ]);
}

async function askWorkerRunner(profile: Profile, input: AskInput): Promise<string> {
  const now = input.today.answers.workerRunner;
  const runners = availableRunners(profile);
  if (runners.length === 0) return now;
  const same = { name: SAME, about: "as for decisions" };
  return await chooseName(input, "What do workers run? (arrows, Enter)", now, [same, ...runners]);
}

/** The runners that could work here: installed presets, and commands in the config. */
function availableRunners({ config, env }: Profile) {
  const path = env("PATH") ?? "";
  const installed = PRESET_NAMES.filter((name) => findProgram(name, path) !== null);
  const own = Object.keys(config.runners).filter((name) => !PRESET_NAMES.includes(name));
  return [
    ...installed.map((name) => ({ name, about: "installed", preset: true })),
    ...own.map((name) => ({ name, about: "from your config", preset: false })),
  ];
}

async function chooseName(
  { prompter }: AskInput,
  message: string,
  now: string,
  choices: { name: string; about: string }[],
): Promise<string> {
  const all = choices.some(({ name }) => name === now)
    ? choices
    : [{ name: now, about: "unchanged" }, ...choices];
  const texts = all.map(({ name, about }) => `${name}: ${about}`);
  return all[await prompter.choose(message, texts, all.findIndex(({ name }) => name === now))].name;
}

/** Not asked for a runner that reports no prices: a budget in dollars would only block it. */
async function askUsd(
  profile: Profile,
  { prompter, report, today }: AskInput,
  runner: string,
): Promise<number | null> {
  const { usdPerDay: now } = today.answers;
  const deciding = pickRunner(profile, runner);
  if (deciding.runner === null || withoutPrices(profile, runner) !== null) return now;
  for (;;) {
    const known = String(now ?? "none");
    const text = await prompter.text(`Maximum dollars per day, or none (Enter: ${known}):`);
    const usd = parseUsd(text === "" ? known : text);
    if (usd !== undefined) return usd;
    report(`${text}: it must be dollars, such as 5 or 0.50, or none`);
  }
}

async function askSandbox(
  profile: Profile,
  { prompter, report, today }: AskInput,
): Promise<Answers["sandbox"]> {
  const { sandbox: now } = today.answers;
  const why = await sandboxProblem(profile);
  if (why !== null) {
    if (now === "bwrap") report(`The config asks for a sandbox, which does not work here: ${why}`);
    return now;
  }
  const message = "Run commands, sensors and workers in a read-only sandbox?";
  return await prompter.confirm(message, now === "bwrap") ? "bwrap" : "none";
}

async function askLines({ prompter, report }: AskInput, message: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const text = await prompter.text(
      lines.length === 0 ? `${message} (Enter: none):` : "Another (Enter: no more):",
    );
    if (text === "") return lines;
    const wrong = refuseLine(text);
    if (wrong === null) lines.push(text);
    else report(wrong);
  }
}

/** Asks which catalogue sensors to add, and for the settings of each. */
async function askSensors(profile: Profile, input: AskInput): Promise<SensorOrder[]> {
  const { prompter, report, today: { sensors: present } } = input;
  const left = CATALOGUE.filter(({ name }) => !present.has(name));
  const own = [...present].filter(([name]) => !seededIds.includes(name));
  if (own.length > 0) {
    const files = own.map(([, file]) => file).join(", ");
    report(`Existing sensors, which are kept: ${files} (looop sensor add changes them)`);
  }
  if (left.length === 0) return [];
  const options = left.map(({ name, about }) => `${name}: ${about}`);
  const message = "What to watch? (Space selects, Enter continues)";
  const orders: SensorOrder[] = [];
  for (const i of await prompter.chooseSeveral(message, options)) {
    const order = () => askOrder(profile, input, left[i]);
    // Valid settings can be invalid together.
    orders.push(await untilValid(input, order, composeSensor));
  }
  return orders;
}

/** Asks for the required settings; for the others only on request. */
async function askOrder(
  profile: Profile,
  input: AskInput,
  { name, settings }: CatalogueSensor,
): Promise<SensorOrder> {
  const set: string[] = [];
  const all = Object.entries(settings);
  const askAbout = async (key: string, about: string, known?: string) => {
    const hint = known === undefined ? about : `${about}; Enter: ${known}`;
    const prompt = async () =>
      await input.prompter.text(`${name}: ${key} (${hint}):`) || known || "";
    const { required, parse } = settings[key];
    const value = await untilValid(input, prompt, (text) => {
      if (text !== "" || required) parse(text);
      checkPaths(profile.env, { name, set: [`${key}=${text}`] });
    }, `${key}: `);
    if (value !== "") set.push(`${key}=${value}`);
  };
  for (const [key, { about }] of all.filter(([, { required }]) => required)) {
    await askAbout(key, about, key === "repositories" ? await repositoryHere(profile) : undefined);
  }
  const others = all.filter(([, { required }]) => !required);
  const keys = others.map(([key]) => key).join(", ");
  const more = others.length > 0 &&
    await input.prompter.confirm(`${name}: change other settings (${keys})?`, false);
  for (const [key, { about }] of more ? others : []) {
    await askAbout(key, `${about}; Enter: unchanged`);
  }
  return { name, set };
}

/** Asks again, after showing the reason, until `check` does not throw a {@linkcode UserError}. */
async function untilValid<T>(
  { report }: AskInput,
  ask: () => Promise<T>,
  check: (answer: T) => unknown,
  label = "",
): Promise<T> {
  for (;;) {
    const answer = await ask();
    try {
      check(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(`${label}${messageOf(error)}`);
    }
  }
}

/** The git repository in the user's current directory, as the default answer. */
async function repositoryHere({ env, paths }: Profile): Promise<string | undefined> {
  const here = env("PWD");
  if (here === undefined || !here.startsWith("/") || !isPresent(`${here}/.git`)) return undefined;
  if (await realPath(here) === await realPath(paths.dataDir)) return undefined;
  const home = env("HOME");
  return home && here.startsWith(`${home}/`) ? `~${here.slice(home.length)}` : here;
}
