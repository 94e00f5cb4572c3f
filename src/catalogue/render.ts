import { extname } from "@std/path";
import type { Env } from "../os/env.ts";
import { isPresent } from "../os/stat.ts";
import { messageOf, UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";
import { readHeader } from "../sense/header.ts";
import { CATALOGUE, type CatalogueSensor } from "./catalogue.ts";
import type { SettingValue } from "./settings.ts";

/**
 * Writes values of settings into a catalogue sensor: into the line of its constant, quoted so that no value can
 * leave its string, and into its header.
 */
export function fillSettings(
  { file, text, settings }: CatalogueSensor,
  values: ReadonlyMap<string, SettingValue>,
): string {
  let filled = text;
  for (const [key, value] of values) {
    const { constant = true, header } = settings[key];
    if (constant) filled = fillConstant(filled, key.toUpperCase(), value, file.endsWith(".ts"));
    if (header) filled = fillHeader(filled, header(value));
  }
  return filled;
}

function fillConstant(text: string, name: string, value: SettingValue, ts: boolean): string {
  const line = ts ? new RegExp(`^const ${name} = .*;$`, "m") : new RegExp(`^${name}=.*$`, "m");
  if (!line.test(text)) throw new Error(`the sensor has no line for ${name}`);
  // By a function, since `$&` in a replacement string has a meaning.
  return text.replace(
    line,
    () => ts ? `const ${name} = ${JSON.stringify(value)};` : `${name}=${quote(value)}`,
  );
}

/** Replaces or adds a word in the first line of the header. */
function fillHeader(text: string, [word, value]: [string, string]): string {
  return text.replace(/^(?:#|\/\/) looop:.*$/m, (line) => {
    const known = new RegExp(` ${word}=\\S+`);
    return known.test(line)
      ? line.replace(known, () => ` ${word}=${value}`)
      : `${line} ${word}=${value}`;
  });
}

/** Quotes a word or an array for bash: within single quotes only the single quote is special. */
function quote(value: SettingValue): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `'${value.replaceAll("'", `'\\''`)}'`;
  return `(${value.map(quote).join(" ")})`;
}

/** A catalogue sensor to add. */
export interface SensorOrder {
  /** Its name in the catalogue. */
  name: string;
  /** Its name in the profile. Default: its name in the catalogue. */
  as?: string;
  /** `KEY=VALUE`; several of a list are merged. */
  set: readonly string[];
}

/** A file for `sensors/`. */
export interface ComposedSensor {
  /** Its name in the catalogue. */
  name: string;
  /** Its name in the profile. */
  as: string;
  /** A program that it runs. */
  program?: string;
  file: string;
  text: string;
  /** Environment variables that its header names. */
  env: string[];
  /** The settings, as parsed. */
  values: ReadonlyMap<string, SettingValue>;
}

/**
 * Renders the file of a catalogue sensor with its settings.
 *
 * @throws {UserError} if the name, a setting or its value is invalid, or a required setting is missing.
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
  const text = fillSettings(sensor, values);
  const header = readHeader(text, extname(sensor.file) === ".ts" ? "ts" : "any");
  if (!header.ok) throw refuse(header.error);
  return {
    ...{ name, as, text, values, program: sensor.program },
    file: `${as}${extname(sensor.file)}`,
    env: header.header.env,
  };
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
      const merged = before && Array.isArray(parsed)
        ? [...new Set([...before, ...parsed])]
        : parsed;
      values.set(key, merged);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw refuse(`${key}: ${messageOf(error)}`);
    }
  }
  return values;
}

/** @throws {UserError} if a setting of a sensor names a path that is not there. */
export function checkPaths(env: Env, { name, set }: SensorOrder): void {
  const { settings = {} } = CATALOGUE.find((sensor) => sensor.name === name) ?? {};
  for (const [key, { isPaths, parse }] of Object.entries(settings)) {
    if (!isPaths) continue;
    const given = set.filter((one) => one.startsWith(`${key}=`)).map((one) =>
      one.slice(key.length + 1)
    );
    for (const path of given.flatMap((one) => parse(one) as string[])) {
      const full = path.replace(/^~(?=\/|$)/, () => env("HOME") ?? "~");
      if (!isPresent(full)) throw new UserError(`there is no ${path}`);
    }
  }
}
