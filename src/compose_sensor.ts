import { extname } from "@std/path";
import { isId } from "./model/id.ts";
import { messageOf, UserError } from "./model/user_error.ts";
import { CATALOGUE, type CatalogueSensor } from "./profile/catalogue.ts";
import { fillSettings } from "./profile/fill_settings.ts";
import type { SettingValue } from "./profile/sensor_settings.ts";
import { readHeader } from "./sense/read_header.ts";

/** A catalogue sensor that is wanted. */
export interface SensorOrder {
  /** Its name in the catalogue. */
  name: string;
  /** What it is to be called. Default: its name in the catalogue. */
  as?: string;
  /** `KEY=VALUE`; of a list, several add up. */
  set: readonly string[];
}

/** A file for `sensors/`. */
export interface ComposedSensor {
  file: string;
  text: string;
  /** Environment variables that its header names. */
  env: string[];
  /** What was set, as it stands in the file. */
  values: ReadonlyMap<string, SettingValue>;
}

/**
 * Makes the file of a catalogue sensor with its settings; writes nothing.
 *
 * @throws {UserError} where the name, a setting or its value cannot be, or a required one is missing.
 */
export function composeSensor({ name, as = name, set }: SensorOrder): ComposedSensor {
  const sensor = CATALOGUE.find((sensor) => sensor.name === name);
  if (!sensor) {
    const names = CATALOGUE.map(({ name }) => name).join(", ");
    throw new UserError(`cannot add a sensor ${JSON.stringify(name)}: the catalogue has ${names}`);
  }
  const refuse = (why: string) => new UserError(`cannot add the sensor ${name}: ${why}`);
  if (!isId(as)) {
    throw refuse(`it cannot be called ${JSON.stringify(as)}: 1 to 64 of a-z, 0-9, _ and -`);
  }
  const values = readValues(sensor, set, refuse);
  const missing = Object.entries(sensor.settings)
    .filter(([key, { required }]) => required && !values.has(key));
  if (missing.length > 0) {
    const wanted = missing.map(([key, { about }]) => `--set ${key}=… (${about})`).join(", ");
    throw refuse(`it needs ${wanted}`);
  }
  const text = fillSettings({ ...sensor, values });
  const header = readHeader(text, extname(sensor.file) === ".ts" ? "ts" : "any");
  if (!header.ok) throw refuse(header.error);
  return { file: `${as}${extname(sensor.file)}`, text, env: header.header.env, values };
}

function readValues(
  { settings }: CatalogueSensor,
  set: readonly string[],
  refuse: (why: string) => UserError,
): Map<string, SettingValue> {
  const values = new Map<string, SettingValue>();
  for (const given of set) {
    const [, key, value] = /^([^=]*)=(.*)$/s.exec(given) ?? [];
    if (key === undefined) throw refuse("--set takes KEY=VALUE");
    if (!Object.hasOwn(settings, key)) {
      const known = Object.keys(settings).join(", ");
      throw refuse(`it has no setting ${JSON.stringify(key)}: it has ${known}`);
    }
    const before = values.get(key);
    if (before !== undefined && !Array.isArray(before)) throw refuse(`${key} is set twice`);
    try {
      const parsed = settings[key].parse(value);
      values.set(
        key,
        before && Array.isArray(parsed) ? [...new Set([...before, ...parsed])] : parsed,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw refuse(`${key}: ${messageOf(error)}`);
    }
  }
  return values;
}
