import { composeSensor, type SensorOrder } from "../compose_sensor.ts";
import { realPath } from "../host/real_path.ts";
import { isThere } from "../host/is_there.ts";
import { messageOf, UserError } from "../model/user_error.ts";
import { CATALOGUE, type CatalogueSensor } from "../profile/catalogue.ts";
import { seededIds } from "../profile/seed_profile.ts";
import type { Profile } from "../profile/profile.ts";
import type { SensorSetting } from "../profile/sensor_settings.ts";
import type { AskInput } from "./ask_input.ts";

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
  if (!isThere(`${here}/.git`)) return undefined;
  if (await realPath(here) === await realPath(paths.dataDir)) return undefined;
  const home = env("HOME");
  return home && here.startsWith(`${home}/`) ? `~${here.slice(home.length)}` : here;
}
