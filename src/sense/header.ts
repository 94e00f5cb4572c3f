import { extname } from "@std/path";
import type { Env } from "../os/env.ts";
import { UserError } from "../schema/errors.ts";

/** What a sensor's header comments say. */
export interface SensorHeader {
  /** Seconds for which a good reading is kept; 0: it runs on every tick. */
  interval: number;
  /** Seconds until it is killed; `null`: as the environment or the default says. */
  timeout: number | null;
  /** `false`: strangers can write what it reads. */
  trusted: boolean;
  /** Environment variables that it gets beyond the usual ones. */
  env: string[];
  /** Of one that is not `.ts`: in a sandbox it has the network. */
  network: boolean;
  /** Of one that is not `.ts`: absolute paths that it may write to in a sandbox. */
  write: string[];
  /** Permissions of a `.ts` sensor, as Deno's flags name them, without those that `env` gives. */
  allow: Record<"net" | "read" | "sys", string[]>;
}

/** The header, or in one line what is wrong with it. */
export type HeaderResult = { ok: true; header: SensorHeader } | { ok: false; error: string };

const HEADER_LINES = 20;
// With s: a stray carriage return must not hide the rest of a line, nor the line.
const MARKER = /^\s*(?:#|\/\/)\s*looop:(.*)$/s;
const MAX_INTERVAL = 604_800;
const MAX_TIMEOUT = 600;

const HOST = /^((\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;
const PATH = /^[^~\p{C}]\P{C}*$/u;
const ABSOLUTE = /^\/\P{C}*$/u;
const SYS = /^[a-z]+$/i;
const VARIABLE = /^[a-z_][a-z0-9_]*$/i;
/** They change what the loader, the supervising bash or Deno itself does, before the sensor's own code runs. */
const LOADER_VARIABLE = /^(LD_|DYLD_|BASH|SHELLOPTS|DENO_|NODE_)/;

/**
 * Reads the header of a sensor: comments in its first 20 lines such as
 * `# looop: interval=300 timeout=10 trust=untrusted env=GITHUB_TOKEN`, or `// looop: …`. Several lines add up, and
 * lists are separated by commas. `network=yes` and `write=PATH` say what one that is not `.ts` may do in a sandbox, and
 * mean nothing without. Of a `.ts` sensor, `allow-net`, `allow-read`, `allow-sys` and `allow-env` name
 * its permissions; `allow-env` and `env` are the same there. Anything else is an error: a misspelt restriction
 * must not be dropped in silence.
 */
export function readHeader(script: string, language: "any" | "ts"): HeaderResult {
  const header: SensorHeader = {
    interval: 0,
    timeout: null,
    trusted: true,
    env: [],
    network: false,
    write: [],
    allow: { net: [], read: [], sys: [] },
  };
  const seen = new Set<string>();
  for (const line of script.split("\n", HEADER_LINES)) {
    const words = MARKER.exec(line.trimEnd())?.[1].trim().split(/\s+/) ?? [];
    for (const word of words) {
      const problem = readWord(word, language, header, seen);
      if (problem !== null) return { ok: false, error: `its header is wrong: ${problem}` };
    }
  }
  return { ok: true, header };
}

/**
 * Checks a script before it is written to `sensors/`.
 *
 * @param file its name, whose extension decides what runs it
 * @returns what is wrong with it, in one line, or `null`
 */
export function scriptProblem(file: string, script: string): string | null {
  const language = extname(file) === ".ts" ? "ts" : "any";
  if (language === "any" && !script.startsWith("#!")) {
    return "line 1: a sensor other than .ts must begin with a line such as #!/bin/sh";
  }
  const parsed = readHeader(script, language);
  return parsed.ok ? null : parsed.error;
}

function readWord(
  word: string,
  language: "any" | "ts",
  header: SensorHeader,
  seen: Set<string>,
): string | null {
  const [, key, value] = /^([^=]*)=?(.*)$/u.exec(word) ?? [];
  if (key.startsWith("allow-") && language !== "ts") {
    return `${quote(key)} is for .ts sensors alone`;
  }
  if ((key === "network" || key === "write") && language === "ts") {
    return `${key} is not for .ts sensors: ${
      key === "network" ? "allow-net names hosts" : "they write nothing"
    }`;
  }
  switch (key) {
    case "interval":
    case "timeout": {
      if (seen.has(key)) return `${key} is given twice`;
      seen.add(key);
      const most = key === "interval" ? MAX_INTERVAL : MAX_TIMEOUT;
      const seconds = Number(value);
      if (!/^\d+(\.\d+)?$/.test(value) || seconds <= 0 || seconds > most) {
        return `${key}=${quote(value)} must be seconds, more than 0 and at most ${most}`;
      }
      header[key] = seconds;
      return null;
    }
    case "trust":
      if (value !== "untrusted" && value !== "trusted") {
        return `trust=${quote(value)} must be trusted or untrusted`;
      }
      // Untrusted wins, wherever it stands.
      if (value === "untrusted") header.trusted = false;
      return null;
    case "network":
      if (value !== "yes" && value !== "no") return `network=${quote(value)} must be yes or no`;
      if (seen.has(key)) return "network is given twice";
      seen.add(key);
      header.network = value === "yes";
      return null;
    case "write":
      return addAll(header.write, key, value, ABSOLUTE, "absolute paths");
    case "env":
    case "allow-env":
      if (value.split(",").some((name) => LOADER_VARIABLE.test(name))) {
        return `${key}=${quote(value)} names a variable that no sensor gets`;
      }
      return addAll(header.env, key, value, VARIABLE, "names of environment variables");
    case "allow-net":
      return addAll(
        header.allow.net,
        key,
        value,
        HOST,
        "hosts such as api.github.com or localhost:8080",
      );
    case "allow-read":
      return addAll(
        header.allow.read,
        key,
        value,
        PATH,
        "paths, absolute or from the data directory on",
      );
    case "allow-sys":
      return addAll(header.allow.sys, key, value, SYS, "names such as hostname or osRelease");
    default:
      if (key.startsWith("allow-")) return `${quote(key)} cannot be given: use a shell sensor`;
      return `unknown key ${quote(key)}: allowed are interval, timeout, trust, env` +
        (language === "ts" ? ", allow-net, allow-read, allow-sys, allow-env" : ", network, write");
  }
}

function addAll(list: string[], key: string, value: string, pattern: RegExp, what: string) {
  const items = value.split(",");
  if (!items.every((item) => pattern.test(item))) return `${key}=${quote(value)} must list ${what}`;
  for (const item of items) if (!list.includes(item)) list.push(item);
  return null;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

/** What one run of a sensor may take. */
export interface SensorLimits {
  /** Milliseconds. */
  timeoutMs: number;
  /** Bytes on stdout. */
  maxBytes: number;
}

/**
 * Reads the limits of sensors from the environment: `LOOOP_SENSOR_TIMEOUT` in seconds (default 60) and
 * `LOOOP_SENSOR_MAX_BYTES` (default 8192).
 *
 * @throws {UserError} naming the variable, what was found and what is allowed.
 */
export function readLimits(env: Env): SensorLimits {
  return {
    timeoutMs: 1000 *
      number(env, "LOOOP_SENSOR_TIMEOUT", 60, /^\d{1,5}(\.\d+)?$/, [0.1, 3600], "seconds"),
    maxBytes: number(env, "LOOOP_SENSOR_MAX_BYTES", 8192, /^\d{1,8}$/, [2, 10_000_000], "bytes"),
  };
}

function number(
  env: Env,
  name: string,
  fallback: number,
  pattern: RegExp,
  [least, most]: [number, number],
  unit: string,
): number {
  const text = env(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (pattern.test(text) && value >= least && value <= most) return value;
  throw new UserError(
    `cannot use ${name}: found ${JSON.stringify(text)}, expected ${least} to ${most} (${unit})`,
  );
}
