import { CATALOGUE, type CatalogueSensor } from "../catalogue/catalogue.ts";
import { composeSensor, type SensorOrder } from "../catalogue/render.ts";
import type { SensorSetting } from "../catalogue/settings.ts";
import { pickRunner } from "../decide/decide.ts";
import type { Prompter } from "../os/prompter.ts";
import { isPresent, realPath } from "../os/stat.ts";
import { seededIds } from "../profile/ensure.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { parseUsd, refuseLine, reportsNoPrice, runnerChoices, sandboxFails } from "./checks.ts";
import type { Today } from "./current.ts";

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
  const deciding = pickRunner({ ...profile, config: { ...profile.config, runner } });
  if (deciding.runner === null || reportsNoPrice(profile, runner) !== null) return now;
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

/** Asks what to watch, of what is not watched already, and for the settings of each. */
export async function askSensors(profile: Profile, input: AskInput): Promise<SensorOrder[]> {
  const { prompter, tell, today: { sensors: there } } = input;
  const left = CATALOGUE.filter(({ name }) => !there.has(name));
  const own = [...there].filter(([name]) => !seededIds.includes(name));
  if (own.length > 0) {
    const files = own.map(([, file]) => file).join(", ");
    tell(`Sensors that are there, and are kept: ${files} (looop sensor add changes them)`);
  }
  if (left.length === 0) return [];
  const options = left.map(({ name, about }) => `${name}: ${about}`);
  const message = "What to watch? (Space picks, Enter goes on)";
  const picked = (await prompter.chooseSeveral(message, options)).map((i) => left[i]);
  const orders: SensorOrder[] = [];
  for (const sensor of picked) orders.push(await askOrder(profile, input, sensor));
  return orders;
}

async function askOrder(
  profile: Profile,
  input: AskInput,
  sensor: CatalogueSensor,
): Promise<SensorOrder> {
  for (;;) {
    const order = { name: sensor.name, set: await askSettings(profile, input, sensor) };
    try {
      composeSensor(order);
      return order;
    } catch (error) {
      // Each value for itself was fine: what is wrong is what they make together.
      if (!(error instanceof UserError)) throw error;
      input.tell(messageOf(error));
    }
  }
}

/** What is required first; the rest only for who wants it. */
async function askSettings(
  profile: Profile,
  input: AskInput,
  { name, settings }: CatalogueSensor,
): Promise<string[]> {
  const set: string[] = [];
  const all = Object.entries(settings);
  for (const entry of all.filter(([, { required }]) => required)) {
    const initial = entry[0] === "repositories" ? await repositoryHere(profile) : undefined;
    set.push(`${entry[0]}=${await askSetting(input, name, entry, initial)}`);
  }
  const others = all.filter(([, { required }]) => !required);
  const keys = others.map(([key]) => key).join(", ");
  const more = others.length > 0 &&
    await input.prompter.confirm(`${name}: change more of its settings (${keys})?`, false);
  for (const entry of more ? others : []) {
    const value = await askSetting(input, name, entry);
    if (value !== "") set.push(`${entry[0]}=${value}`);
  }
  return set;
}

async function askSetting(
  { prompter, tell }: AskInput,
  name: string,
  [key, { about, required, parse }]: [string, SensorSetting],
  initial?: string,
): Promise<string> {
  const hint = required ? about : `${about}; Enter: as it is`;
  for (;;) {
    const text = await prompter.text(`${name}: ${key} (${hint}):`, initial);
    if (text === "" && !required) return text;
    try {
      parse(text);
      return text;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(`${key}: ${messageOf(error)}`);
    }
  }
}

/** The repository that the person stands in, to be the first answer. */
async function repositoryHere({ env, paths }: Profile): Promise<string | undefined> {
  const here = env("PWD");
  if (here === undefined || !here.startsWith("/")) return undefined;
  if (!isPresent(`${here}/.git`)) return undefined;
  if (await realPath(here) === await realPath(paths.dataDir)) return undefined;
  const home = env("HOME");
  return home && here.startsWith(`${home}/`) ? `~${here.slice(home.length)}` : here;
}

/** What the questions need. */
export interface AskInput {
  prompter: Prompter;
  /** Tells the person something between the questions, in one line. */
  tell(line: string): void;
  /** Answers that were given already. */
  given: Given;
  today: Today;
}

/** All that setting a profile up takes from a person. */
export interface Answers {
  /** What decides: as `runner` in the config. */
  runner: string;
  /** What workers run; `same`: as `runner`. */
  workerRunner: string;
  /** US dollars that may be spent from midnight to midnight; `null`: no limit. */
  usdPerDay: number | null;
  sandbox: "none" | "bwrap";
  /** Sensors of the catalogue to be added to those that are there. */
  sensors: SensorOrder[];
  /** Aims to be added to those that are there, in one line each. */
  goals: string[];
  /** Lines for the PLAYBOOK: what looop does by itself. */
  may: string[];
  /** What it does only after a yes. */
  ask: string[];
  /** What it never does. */
  never: string[];
}

/** Those that need not be asked for any more. */
export type Given = Partial<Answers>;

/** What `workerRunner` is where workers run the same as decisions. */
export const SAME = "same";
