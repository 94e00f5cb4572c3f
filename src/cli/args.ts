import { parseArgs } from "@std/cli";
import { UsageError } from "../schema/errors.ts";
import { durationMs, nearest } from "../schema/text.ts";
import type { Command } from "./command.ts";

/** The arguments of a command; names of options are without dashes. */
export interface Arguments {
  words: string[];
  switches: ReadonlySet<string>;
  options: ReadonlyMap<string, string>;
  /** Values of options that may be repeated, in their order. */
  lists: ReadonlyMap<string, string[]>;
}

/** What a command takes. */
export type Syntax = ReturnType<typeof syntaxOf>;

const OPTION = /\[--([a-z-]+)(?:(\[=\w+\])|( [^\]]+))?\](…)?/g;

/** Reads from a command's usage line what it takes; names of options are without dashes, and in their order. */
export function syntaxOf({ usage, words: form, more = "" }: Command) {
  const found = [...`${usage} ${more}`.matchAll(OPTION)];
  const pick = (is: (match: RegExpMatchArray) => unknown) => [
    ...new Set(found.filter(is).map(([, name]) => name)),
  ];
  const words = (form ?? usage.replace(OPTION, "")).split(" ");
  const required = words.filter((word) => word.startsWith("<") || /^[^[].*\|/.test(word));
  const optional = words.filter((word) => word.startsWith("["));
  return {
    names: [...pick(() => true), "help"],
    /** `[--json]` */
    switches: [...pick(([, , optional, value]) => !optional && !value), "help"],
    /** `[--runner R]` */
    options: pick(([, , , value, many]) => value && !many),
    /** `[--wait[=S]]`: the value follows `=`; without one it is empty. */
    optionals: pick(([, , optional]) => optional),
    /** `[--set KEY=VALUE]…` */
    lists: pick(([, , , , many]) => many),
    /** Words as the usage line writes them, such as `<ask-id>`. */
    required,
    maxWords: usage.endsWith(">…") || words.some((word) => word.endsWith("…"))
      ? Infinity
      : required.length + optional.length,
  };
}

/**
 * Reads the arguments of a command; `-h` sets the switch `help`.
 *
 * @throws {UsageError} for an unknown or repeated option, a missing value, and too few or too many words.
 */
export function parseArguments(command: Command, args: string[]): Arguments {
  const { names, switches, options, optionals, lists, required, maxWords } = syntaxOf(command);
  const single = [...options, ...optionals];
  const unknown: string[] = [];
  const { _: words, ...given } = parseArgs(args.map(endOptional(args, optionals)), {
    string: ["_", ...single, ...lists],
    collect: [...single, ...lists],
    boolean: switches,
    alias: { help: "h" },
    unknown(argument, flag) {
      if (flag === undefined) return true;
      unknown.push(argument);
      return false;
    },
  });
  const valuesOf = (names: string[]) =>
    names.map((name): [string, string[]] => [name, given[name] ?? []])
      .filter(([, values]) => values.length > 0);
  const parsed = {
    words,
    switches: new Set(switches.filter((name) => given[name] === true)),
    options: new Map(valuesOf(single).map(([name, [value]]) => [name, value])),
    lists: new Map(valuesOf(lists)),
  };
  if (parsed.switches.has("help")) return parsed;
  if (unknown.length > 0) throw unknownOption(unknown[0], names);
  const repeated = single.find((name) => (given[name] ?? []).length > 1);
  if (repeated !== undefined) throw new UsageError(`--${repeated} is given twice`);
  const empty = options.find((name) => parsed.options.get(name) === "") ??
    lists.find((name) => parsed.lists.get(name)?.includes(""));
  if (empty !== undefined) {
    throw new UsageError(
      `--${empty} needs a value (write --${empty}=… if the value begins with -)`,
    );
  }
  if (words.length < required.length) {
    throw new UsageError(`missing argument ${required[words.length]}`);
  }
  if (words.length > maxWords) {
    const quote = maxWords > 1 ? " (quote a text of several words)" : "";
    throw new UsageError(`unexpected argument ${words[maxWords]}${quote}`);
  }
  return parsed;
}

/** Keeps the parser from taking the next word as the value of an option that needs none. */
function endOptional(args: string[], optionals: string[]): (argument: string, i: number) => string {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const alone = optionals.map((name) => `--${name}`);
  return (argument, i) => i < end && alone.includes(argument) ? `${argument}=` : argument;
}

function unknownOption(argument: string, names: string[]): UsageError {
  const guess = didYouMean(argument.replace(/^-+|=.*$/g, ""), names, "--");
  const list = names.map((name) => `--${name}`).join(", ");
  return new UsageError(
    `unknown option ${argument}${guess}\n` +
      `options: ${list} (put -- before a text that begins with -)`,
  );
}

/** `; did you mean X?`, or nothing if no candidate is similar. */
export function didYouMean(word: string, candidates: string[], prefix = ""): string {
  const meant = nearest(word, candidates);
  return meant === null ? "" : `; did you mean ${prefix}${meant}?`;
}

const MIN_MS = 100;
/** Timers overflow at 2^31 ms. */
const MAX_MS = 2_000_000_000;

/**
 * Reads a duration such as `30`, `90s`, `5m`, `2h`, `1d` or `500ms`; a number alone is in seconds.
 *
 * @returns milliseconds; `undefined` for `undefined`.
 * @throws {UsageError} for anything else, and for less than 100 ms.
 */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = durationMs(text);
  if (ms >= MIN_MS && ms <= MAX_MS) return ms;
  throw new UsageError(`${text} is not a duration; use 30, 90s, 5m, 2h or 1d`);
}

/** Where the time that {@linkcode parseTime} reads lies. */
export type Toward = "past" | "future";

/**
 * Reads a time: `today`, `yesterday`, `tomorrow` (their midnight), a day, a day with a time of day, both also in ISO 8601
 * with a zone, a time of day, or a duration from now. Without a zone it is the host's.
 *
 * @param toward a duration, and a time of day, is the last one before `now`, or the next one after it
 * @throws {UsageError} for anything else, and for a time on the other side of `now`.
 */
export function parseTime(text: string, now: Date, toward: Toward = "past"): Date {
  const at = readTime(text, now, toward);
  if (toward === "past" && at > now) throw new UsageError(`${text} has yet to come`);
  if (toward === "future" && at <= now) throw new UsageError(`${text} is over already`);
  return at;
}

function readTime(text: string, now: Date, toward: Toward): Date {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const DAYS: Record<string, number> = { yesterday: -1, today: 0, tomorrow: 1 };
  if (Object.hasOwn(DAYS, text)) return new Date(year, month, day + DAYS[text]);
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour !== undefined) {
    const at = (days: number) => new Date(year, month, day + days, Number(hour), Number(minute));
    if (toward === "past") return at(0) <= now ? at(0) : at(-1);
    return at(0) > now ? at(0) : at(1);
  }
  const [, date, time = "00:00", zone = ""] =
    /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ??
      [];
  const at = new Date(`${date}T${time}${zone}`);
  // February 31st is not March 3rd.
  if (!Number.isNaN(at.getTime()) && isDay(date)) return at;
  try {
    const ms = parseDuration(text)!;
    return new Date(now.getTime() + (toward === "past" ? -ms : ms));
  } catch {
    const [relative, span] = toward === "past" ? ["yesterday", "3d ago"] : ["tomorrow", "3d"];
    throw new UsageError(
      `${text} is not a time; use ${relative}, 18:00, 2026-11-23, "2026-11-23 09:30", 90s, 2h or ${span}`,
    );
  }
}

function isDay(date: string): boolean {
  const at = new Date(`${date}T00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date);
}
