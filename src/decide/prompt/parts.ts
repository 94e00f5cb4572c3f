import { parseSchedule } from "../../profile/schedule_file.ts";
import type { OverBudget } from "../../schema/config.ts";
import { sha256Hex } from "../../schema/json.ts";
import type { ScheduleFile } from "../../schema/schedule.ts";
import type { State } from "../../schema/state.ts";
import { UNSEEN, withoutLastBreaks } from "../../schema/text.ts";
import type { Comparison, Goal, World } from "../../schema/world.ts";

/** What is decided on. */
export interface Situation {
  world: World;
  comparison: Comparison;
  state: State;
  /** Untrusted input is shown; otherwise each piece is withheld, with a line that says so. */
  tainted: boolean;
  /** Decide for this goal alone. */
  only?: Goal;
  /** Goals that have spent their budget: nothing is decided for them. Default: none. */
  over?: readonly OverBudget[];
}

/** What a prompt is written from. */
export interface PromptInput extends Situation {
  /** The journal's last lines, oldest first. */
  journal: string[];
  fence: Fence;
  /** The local time, such as `Monday, 2026-11-23 09:30 (UTC+01:00)`. */
  time: string;
}

/** Quotes a text so that nothing in it can end the quotation. */
export type Fence = (name: string, text: string) => string;

/**
 * Makes the fence of a profile. Its key is derived from the profile's secret, so that no untrusted input can guess it,
 * and is the same in every decision, so that unchanged parts stay byte-equal and a provider can cache them. If a text
 * contains the key (a model repeated it into a file), the key is masked.
 */
export async function makeFence(secret: string): Promise<Fence> {
  const key = (await sha256Hex(`fence ${secret}`)).slice(0, 16);
  return (name, text) => {
    const quoted = withoutLastBreaks(text.replaceAll(key, "[key]"));
    return `<<<${key} ${name}\n${visible(quoted)}\n${key}>>>`;
  };
}

/**
 * Escapes characters that are invisible or change the reading direction, which could hide a text from the user who
 * checks it, and separators that only some programs take for a line end, which could fake one.
 */
function visible(text: string): string {
  return text.replace(
    UNSEEN,
    (found) => found === "\t" ? found : `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** The number of bytes of a text as {@linkcode Fence} shows it. */
export function shownBytes(text: string): number {
  return bytesOf(visible(text));
}

/** Cuts a text to a number of bytes, counted as {@linkcode Fence} shows it, and says how much it leaves out. */
export function shorten(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(visible(text));
  if (bytes.length <= maxBytes) return text;
  const shown = new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\ufffd+$/, "");
  return `${shown}\n… ${bytes.length - maxBytes} more bytes are left out`;
}

/**
 * Returns the texts that fit into a number of bytes together, counted as a fence shows them: of those that do not, the
 * later ones are left out first.
 *
 * @returns `left`: how many are left out.
 */
export function fitTexts(texts: string[], maxBytes: number): { texts: string[]; left: number } {
  let room = maxBytes;
  const fitting = texts.filter((text) => {
    const bytes = shownBytes(text) + 1;
    if (bytes > room) return false;
    room -= bytes;
    return true;
  });
  return { texts: fitting, left: texts.length - fitting.length };
}

/** As {@linkcode fitTexts}, with a line that counts what is left out. */
export function fitLines(lines: string[], maxBytes: number): string {
  const { texts, left } = fitTexts(lines, maxBytes);
  return [...texts, ...(left > 0 ? [`… ${left} more are left out`] : [])].join("\n");
}

/** Indents all but the first line of a text, so that none of them can look like a line of the prompt itself. */
export function indented(text: string): string {
  return text.replace(/\r\n?|[\n\u2028\u2029]/g, "\n  ");
}

/** A piece of the prompt. */
export interface Part {
  text: string;
  /** It may be left out when the prompt is too long. Absent: it always stays. */
  optional?: {
    /** Names it in the line that lists what was left out. */
    name: string;
    /** Smaller goes first; of equals, the larger text. */
    keep: number;
  };
}

/**
 * Leaves out optional parts, in the order of `keep` and then the largest first, until the rest fits.
 *
 * @param maxBytes how many bytes of UTF-8 the parts may have together, including the blank line after each
 * @returns the remaining parts, and the names of the others in the order in which they were left out
 */
export function fitParts(parts: Part[], maxBytes: number): { parts: Part[]; left_out: string[] } {
  const sizeOf = ({ text }: Part) => bytesOf(text) + 2;
  let bytes = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  const candidates = parts
    .flatMap((part) => part.optional ? [{ part, size: sizeOf(part), ...part.optional }] : [])
    .sort((a, b) => a.keep - b.keep || b.size - a.size);
  const gone = new Map<Part, string>();
  for (const { part, size, name } of candidates) {
    if (bytes <= maxBytes) break;
    bytes -= size;
    gone.set(part, name);
  }
  return { parts: parts.filter((part) => !gone.has(part)), left_out: [...gone.values()] };
}

/** What is left out first, before untrusted goals and readings: the lower, the sooner. */
export const KEEP = {
  claims: -4e6,
  workerAsks: -3e6,
  workers: -2e6,
  untrustedGoals: -1e6,
  goals: 1e6,
};

/** In place of an id or name that untrusted input may have chosen. */
export const WITHHELD_NAME = "(name withheld)";

/** The names that an untainted decision does not see: of what a tainted decision started, wrote or scheduled. */
function hiddenNames({ world, state }: Situation): Record<string, ReadonlySet<string>> {
  const { goals, workers, schedules } = world;
  return {
    worker: new Set(workers.flatMap((worker) => worker.tainted ? [worker.id] : [])),
    schedule: new Set(schedules.filter(isUntrusted).map(({ name }) => name)),
    sensor: new Set(state.opaque_sensors),
    goal: new Set(goals.flatMap(({ id, untrusted }) => untrusted ? [id] : [])),
  };
}

/**
 * Returns how the key of a change, such as `goal:tea`, is shown. What a tainted decision started, wrote or scheduled has an
 * id or name that untrusted input may have chosen: an untainted decision sees only its kind.
 */
export function keyShown(input: Situation): (key: string) => string {
  if (input.tainted) return (key) => key;
  const hidden = hiddenNames(input);
  return (key) => {
    const at = key.indexOf(":");
    const kind = key.slice(0, at);
    // The news of a goal has a kind of its own.
    const names = Object.hasOwn(hidden, kind) ? hidden[kind] : hidden.goal;
    return at !== -1 && names.has(key.slice(at + 1)) ? `${kind}:${WITHHELD_NAME}` : key;
  };
}

/** Withholds such names in what an untainted decision is told of its answer. */
export function withheldIn(input: Situation, text: string): string {
  if (input.tainted) return text;
  const hidden = Object.values(hiddenNames(input));
  return text.replace(
    /[a-z0-9][a-z0-9_-]*/g,
    (word) => hidden.some((names) => names.has(word)) ? WITHHELD_NAME : word,
  );
}

/** Returns how names of one kind are shown, as {@linkcode keyShown}. */
export function nameShown(
  input: PromptInput,
  kind: "goal" | "sensor" | "schedule",
): (name: string) => string {
  const shown = keyShown(input);
  return (name) => shown(`${kind}:${name}`).slice(kind.length + 1);
}

function isUntrusted({ name, text, exact, error }: ScheduleFile): boolean {
  const parsed = error ?? parseSchedule(name, exact ?? text);
  return typeof parsed !== "string" && parsed.untrusted;
}
