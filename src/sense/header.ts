import { extname } from "@std/path";
import type { Env } from "../os/env.ts";
import { UserError } from "../schema/errors.ts";
import { isId } from "../schema/schema.ts";

/** The settings in a sensor's header comments. */
export interface SensorHeader {
  /** Seconds for which a successful reading is reused; 0: the sensor runs on every tick. */
  interval: number;
  /** Seconds until it is killed; `null`: the limit of the environment, or the default. */
  timeout: number | null;
  /** How many failed runs in a row count as its last successful one. */
  grace: number;
  /** `false`: its output is untrusted input. */
  trusted: boolean;
  /** Environment variables that it gets beyond the usual ones. */
  env: string[];
  /** Unless it is a `.ts` sensor: it has the network in a sandbox. */
  network: boolean;
  /** Unless it is a `.ts` sensor: paths of credentials, absolute or with `~/`, that it may read in a sandbox. */
  read: string[];
  /** Unless it is a `.ts` sensor: absolute paths that it may write to in a sandbox. */
  write: string[];
  /** Permissions of a `.ts` sensor, named like Deno's flags, without those that `env` grants. */
  allow: Record<"net" | "read" | "sys", string[]>;
}

/** What runs a sensor, which decides on the keys of its header. */
export type Language = "any" | "ts";

/** Returns what runs a sensor, by its file name. */
export function languageOf(file: string): Language {
  return extname(file) === ".ts" ? "ts" : "any";
}

/** Extensions of programs, without the point: the file of a sensor has one of them, or none. */
const EXTENSIONS = [
  ...["sh", "bash", "zsh", "dash", "ksh", "mksh", "fish", "nu", "xsh", "awk", "jq", "py", "rb"],
  ...["pl", "php", "lua", "tcl", "js", "mjs", "cjs", "ts", "r", "jl", "raku", "exs", "erl", "clj"],
  ...["bb", "scm", "rkt", "hs", "ml", "fsx", "csx", "groovy", "kts", "sc", "swift", "go", "rs"],
  ...["cr", "nim", "dart", "java", "ps1", "exe", "bin"],
];

/**
 * Returns why a file name cannot be a sensor's; `null` if it can: an id with a letter, then at most one extension, of a
 * program. By names such as `mail.sh.orig`, `mail (1).sh` or `sedXa1B2c`, programs leave things beside a sensor.
 */
export function fileNameProblem(file: string): string | null {
  const extension = extname(file);
  const name = file.slice(0, file.length - extension.length);
  if (!isId(name) || !/[a-z]/.test(name) || /[-_]$/.test(name)) {
    return "its name must be 1 to 64 of a-z, 0-9, - and _, with a letter, and end with a letter or digit";
  }
  if (extension === "" || EXTENSIONS.includes(extension.slice(1))) return null;
  return `${extension} is not the extension of a program such as .sh, .py or .ts`;
}

/** The header, or in one line what is wrong with it. */
export type HeaderResult = { ok: true; header: SensorHeader } | { ok: false; error: string };

const HEADER_LINES = 20;
const MARKER = /^[ \t]*(?:#|\/\/)[ \t]*looop:(.*)$/;
/** What a reader could take for the marker's word: it may have letters of other scripts. */
const WORD = "[l1|\\u0456\\u04cf\\u03b9][o0\\u043e\\u03bf\\u0585]{3}[p\\u0440\\u03c1]\\s*:";
const SEEN_AS_WORD = new RegExp(WORD, "iu");
/** With what is before it, which has the sign of a comment. */
const SEEN_AS_MARKER = new RegExp(`^([^\\p{L}\\p{N}]*)${WORD}`, "iu");
/** What begins a new line in some editors, terminals and languages, but not for the interpreters of scripts. */
// deno-lint-ignore no-control-regex
const OTHER_BREAK = /[\r\v\f\x1c-\x1e\x85\u2028\u2029]/u;
/** How many failed runs in a row cost no decision, unless the header says otherwise. */
export const DEFAULT_GRACE = 1;
const MAX_GRACE = 10;
const MAX_SECONDS = { interval: 604_800, timeout: 600 };

const KEYS: Record<Language, string[]> = {
  any: ["interval", "timeout", "grace", "trust", "env", "network", "read", "write"],
  ts: [
    ...["interval", "timeout", "grace", "trust", "env"],
    ...["allow-net", "allow-read", "allow-sys", "allow-env"],
  ],
};

interface ListKey {
  list: (header: SensorHeader) => string[];
  pattern: RegExp;
  /** Describes the values in an error. */
  what: string;
}

const ENV: ListKey = {
  list: ({ env }) => env,
  pattern: /^[a-z_][a-z0-9_]*$/i,
  what: "names of environment variables",
};
const LISTS: Record<string, ListKey> = {
  env: ENV,
  "allow-env": ENV,
  read: {
    list: ({ read }) => read,
    pattern: /^(~\/|\/)\P{C}*$/u,
    what: "paths that begin with / or ~/",
  },
  write: { list: ({ write }) => write, pattern: /^\/\P{C}*$/u, what: "absolute paths" },
  "allow-net": {
    list: ({ allow }) => allow.net,
    pattern: /^((\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i,
    what: "hosts such as api.github.com or localhost:8080",
  },
  "allow-read": {
    list: ({ allow }) => allow.read,
    pattern: /^[^~\p{C}]\P{C}*$/u,
    what: "paths, absolute or relative to the data directory",
  },
  "allow-sys": {
    list: ({ allow }) => allow.sys,
    pattern: /^[a-z]+$/i,
    what: "names such as hostname or osRelease",
  },
};
/** They affect the loader, the supervising bash or Deno itself before the sensor's own code runs. */
const LOADER_VARIABLE = /^(LD_|DYLD_|BASH|SHELLOPTS|DENO_|NODE_)/;

/**
 * Reads the header of a sensor: comments in its first 20 lines such as
 * `# looop: interval=300 timeout=10 trust=untrusted env=GITHUB_TOKEN`, or `// looop: …`. Several lines add up, and lists
 * are separated by commas. `grace=0` reports its first failed run at once. `network=yes`, `read=PATH` and `write=PATH` are
 * permissions in a sandbox, for sensors other than `.ts`. Of a `.ts` sensor, `allow-net`, `allow-read`, `allow-sys` and
 * `allow-env` (the same as `env`) are its permissions.
 * Anything else is an error, since a misspelt restriction must not be ignored. So is a line that only a reader could take
 * for one of the header: behind line 20, behind another line break, with characters that are not seen or of other scripts.
 */
export function readHeader(script: string, language: Language): HeaderResult {
  const header: SensorHeader = {
    ...{ interval: 0, timeout: null, grace: DEFAULT_GRACE, trusted: true },
    ...{ env: [], network: false, read: [], write: [] },
    allow: { net: [], read: [], sys: [] },
  };
  const seen = new Set<string>();
  const words = headerWords(script);
  if (typeof words === "string") return { ok: false, error: `its header is invalid: ${words}` };
  for (const word of words) {
    const problem = readWord(word, language, header, seen);
    if (problem !== null) return { ok: false, error: `its header is invalid: ${problem}` };
  }
  return { ok: true, header };
}

/**
 * Returns the words of a sensor's header, such as `interval=300`, which may be invalid; or in one line why they cannot be
 * read unambiguously.
 */
export function headerWords(script: string): string[] | string {
  // Most sensors have none, and some are programs of megabytes.
  if (!SEEN_AS_WORD.test(asSeen(script))) return [];
  const words: string[] = [];
  for (const [i, whole] of script.replace(/^\ufeff/, "").split("\n").entries()) {
    // Windows ends lines with two characters.
    const line = whole.replace(/\r$/, "");
    if (!line.split(OTHER_BREAK).some(looksLikeOne)) continue;
    const unseen = /[^\P{C}\t]|[^\P{Z} ]/u.exec(line)?.[0].codePointAt(0);
    const code = unseen?.toString(16).toUpperCase().padStart(4, "0");
    if (code !== undefined) return `line ${i + 1} has the character U+${code}`;
    if (i >= HEADER_LINES) return `line ${i + 1} is behind the first ${HEADER_LINES} lines`;
    const found = MARKER.exec(line)?.[1].trim();
    if (found === undefined) return `line ${i + 1} must be written as \`# looop: …\``;
    if (found !== "") words.push(...found.split(/[ \t]+/));
  }
  return words;
}

function looksLikeOne(line: string): boolean {
  return /[#;%*/-]/.test(SEEN_AS_MARKER.exec(asSeen(line))?.[1] ?? "");
}

/** A text without what is not seen, and with plain letters for wide, bold and accented ones. */
function asSeen(text: string): string {
  return text.normalize("NFKD").replace(/[\p{Cf}\p{Mn}\p{Default_Ignorable_Code_Point}]/gu, "");
}

/** Decodes the bytes of a sensor for its header; empty for a program that is not a script. */
export function textOf(bytes: Uint8Array, language: Language): string {
  const isScript = language === "ts" || (bytes[0] === 0x23 && bytes[1] === 0x21);
  return isScript || !bytes.subarray(0, 64).includes(0)
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
    : "";
}

/**
 * Checks a script before it is written to `sensors/`.
 *
 * @param file its name, whose extension decides what runs it
 * @returns what is wrong with it, in one line, or `null`
 */
export function scriptProblem(file: string, script: string): string | null {
  const language = languageOf(file);
  const misnamed = fileNameProblem(file);
  if (misnamed !== null) return misnamed;
  if (language === "any" && !/^#![ \t]*\S/.test(script)) {
    return "line 1: a sensor other than .ts must begin with a line such as #!/bin/sh";
  }
  const parsed = readHeader(script, language);
  return parsed.ok ? null : parsed.error;
}

function readWord(
  word: string,
  language: Language,
  header: SensorHeader,
  seen: Set<string>,
): string | null {
  const [, key, value] = /^([^=]*)=?(.*)$/u.exec(word) ?? [];
  if (!KEYS[language].includes(key)) {
    const kind = language === "ts" ? " of a .ts sensor" : "";
    return `unknown key ${quote(key)}${kind}; allowed are ${KEYS[language].join(", ")}`;
  }
  if (key in LISTS) {
    const { list, pattern, what } = LISTS[key];
    const items = value.split(",");
    if (!items.every((item) => pattern.test(item))) {
      return `${key}=${quote(value)} must list ${what}`;
    }
    if (LISTS[key] === ENV && items.some((name) => LOADER_VARIABLE.test(name))) {
      return `${key}=${quote(value)} names a variable that sensors cannot have`;
    }
    for (const item of items) if (!list(header).includes(item)) list(header).push(item);
    return null;
  }
  if (key === "trust") {
    if (value !== "untrusted" && value !== "trusted") {
      return `trust=${quote(value)} must be trusted or untrusted`;
    }
    // Untrusted wins, in any order.
    if (value === "untrusted") header.trusted = false;
    return null;
  }
  if (seen.has(key)) return `${key} is given twice`;
  seen.add(key);
  if (key === "interval" || key === "timeout") {
    const seconds = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || seconds <= 0 || seconds > MAX_SECONDS[key]) {
      return `${key}=${quote(value)} must be seconds, more than 0 and at most ${MAX_SECONDS[key]}`;
    }
    header[key] = seconds;
    return null;
  }
  if (key === "grace") {
    if (!/^\d{1,2}$/.test(value) || Number(value) > MAX_GRACE) {
      return `grace=${quote(value)} must be a number of runs, at most ${MAX_GRACE}`;
    }
    header.grace = Number(value);
    return null;
  }
  if (value !== "yes" && value !== "no") return `network=${quote(value)} must be yes or no`;
  header.network = value === "yes";
  return null;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);
}

/** Limits of one run of a sensor. */
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
 * @throws {UserError} naming the variable, its value and the allowed range.
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
  [min, max]: [number, number],
  unit: string,
): number {
  const text = env(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (pattern.test(text) && value >= min && value <= max) return value;
  throw new UserError(
    `cannot use ${name}: found ${JSON.stringify(text)}, expected ${min} to ${max} (${unit})`,
  );
}
