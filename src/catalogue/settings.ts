import { UserError } from "../schema/errors.ts";

/** What a setting of a catalogue sensor can hold, as it stands in the sensor's file. */
export type SettingValue = string | number | string[];

/** One thing that is said to a catalogue sensor when it is added. */
export interface SensorSetting {
  /** What it means, in a few words; its default among them, where it has one. */
  about: string;
  /** Without it the sensor would say nothing. */
  required?: boolean;
  /** Parses what stands behind `KEY=`; throws a {@linkcode UserError} that says what is allowed. */
  parse(text: string): SettingValue;
  /** What it makes of a word of the sensor's header, such as `["allow-net", "example.org:443"]`. */
  header?: (value: SettingValue) => [word: string, value: string];
  /** `false`: it stands in the header alone. Default: the line `KEY=…` of the file, in capitals, is rewritten. */
  constant?: false;
}

const MAX_TEXT = 2000;
const MAX_ITEM = 200;

/** Any one line. */
export function text(max = MAX_TEXT): SensorSetting["parse"] {
  return (given) => {
    // A line break could add a line to the sensor's header.
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(given)) {
      throw new UserError("it must be one line without control characters");
    }
    if (given.trim() === "" || given.length > max || !given.isWellFormed()) {
      throw new UserError(`it must have 1 to ${max} characters`);
    }
    return given;
  };
}

/** A whole number. */
export function whole(least: number, most: number): SensorSetting["parse"] {
  return (given) => {
    const value = Number(given);
    if (/^\d{1,9}$/.test(given) && value >= least && value <= most) return value;
    throw new UserError(`it must be a whole number from ${least} to ${most}`);
  };
}

/** One of a few words. */
export function oneOf(...words: string[]): SensorSetting["parse"] {
  return (given) => {
    if (words.includes(given)) return given;
    throw new UserError(`it must be ${words.join(" or ")}`);
  };
}

/** Texts with commas between, each as `item` parses it. */
export function list(item: SensorSetting["parse"], most = 20): SensorSetting["parse"] {
  return (given) => {
    const items = given.split(",").map((each) => String(item(each.trim())));
    if (items.length > most) throw new UserError(`it must list at most ${most}`);
    return [...new Set(items)];
  };
}

/** An http or https address. */
export function address(given: string): string {
  let url: URL;
  try {
    url = new URL(String(text(MAX_ITEM)(given)));
  } catch {
    throw new UserError("it must be an address such as https://example.org/");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new UserError("it must be an http or https address");
  }
  if (url.username !== "" || url.password !== "") {
    throw new UserError("it must hold no password: the file is kept in git");
  }
  return url.href;
}

/** A directory that is named so that every working directory finds it. */
export function dir(given: string): string {
  const path = String(text(MAX_ITEM)(given));
  if (path === "~" || path.startsWith("~/") || path.startsWith("/")) return path;
  throw new UserError("it must begin with / or ~/");
}

/**
 * The name of an environment variable. What was given is not repeated in the error: somebody may have given the
 * secret itself.
 */
export function variable(given: string): string {
  if (/^[A-Z_][A-Z0-9_]{0,99}$/.test(given)) return given;
  throw new UserError(
    "it must be the name of an environment variable, such as MY_TOKEN; the secret itself stays out of the file",
  );
}

/** Network permission for the hosts of addresses, with their ports. */
export function netOf(value: SettingValue): [word: string, value: string] {
  const urls = Array.isArray(value) ? value : [String(value)];
  const hosts = urls.map((text) => {
    const { hostname, port, protocol } = new URL(text);
    return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  });
  return ["allow-net", [...new Set(hosts)].sort().join(",")];
}
