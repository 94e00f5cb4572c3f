import { UserError } from "../schema/errors.ts";

/** The value of a setting in a catalogue sensor's file. */
export type SettingValue = string | number | string[];

/** A setting of a catalogue sensor. */
export interface SensorSetting {
  /** What it means, in a few words, with its default in parentheses. */
  about: string;
  /** The sensor does not work without it. */
  required?: boolean;
  /** Its value lists paths on this machine. */
  isPaths?: boolean;
  /** Parses the text after `KEY=`; throws a {@linkcode UserError} that names the allowed values. */
  parse(text: string): SettingValue;
  /** The word that it sets in the sensor's header, such as `["allow-net", "example.org:443"]`. */
  header?: (value: SettingValue) => [word: string, value: string];
  /** `false`: it is only in the header. Default: the line `KEY=…` of the file is rewritten. */
  constant?: false;
}

const MAX_TEXT = 2000;
const MAX_ITEM = 200;

/** Parses one line. */
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

/** Parses a whole number. */
export function whole(min: number, max: number): SensorSetting["parse"] {
  return (given) => {
    const value = Number(given);
    if (/^\d{1,9}$/.test(given) && value >= min && value <= max) return value;
    throw new UserError(`it must be a whole number from ${min} to ${max}`);
  };
}

/** Parses one of a few words. */
export function oneOf(...words: string[]): SensorSetting["parse"] {
  return (given) => {
    if (words.includes(given)) return given;
    throw new UserError(`it must be ${words.join(" or ")}`);
  };
}

/** Parses a comma-separated list of items. */
export function list(item: SensorSetting["parse"], max = 20): SensorSetting["parse"] {
  return (given) => {
    const items = given.split(",").map((each) => String(item(each.trim())));
    if (items.length > max) throw new UserError(`it must list at most ${max}`);
    return [...new Set(items)];
  };
}

/** Parses an http or https address. */
export function address(given: string): string {
  const url = URL.parse(String(text(MAX_ITEM)(given)));
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new UserError("it must be an http or https address, such as https://example.org/");
  }
  if (url.username !== "" || url.password !== "") {
    throw new UserError("it must not have a password, since the file is committed to git");
  }
  return url.href;
}

/** Parses a path that does not depend on the current directory. */
export function dir(given: string): string {
  const path = String(text(MAX_ITEM)(given));
  if (path === "~" || path.startsWith("~/") || path.startsWith("/")) return path;
  throw new UserError("it must begin with / or ~/");
}

/** Parses the name of an environment variable. The error does not repeat the text, which may be the secret itself. */
export function variable(given: string): string {
  if (/^[A-Z_][A-Z0-9_]{0,99}$/.test(given)) return given;
  throw new UserError(
    "it must be the name of an environment variable, such as MY_TOKEN, not the secret itself",
  );
}

/** The header word that permits network access to the hosts and ports of addresses. */
export function netOf(value: SettingValue): [word: string, value: string] {
  const urls = Array.isArray(value) ? value : [String(value)];
  const hosts = urls.map((text) => {
    const { hostname, port, protocol } = new URL(text);
    return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  });
  return ["allow-net", [...new Set(hosts)].sort().join(",")];
}
