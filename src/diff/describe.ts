import { canonicalJson, isJsonObject, type Json, parseJson } from "../schema/json.ts";
import { cut, localDateTime } from "../schema/text.ts";
import { isNews } from "../schema/world.ts";

/** The maximum length of one value in characters. */
const MAX_VALUE = 400;
/** The maximum number of lines of one change. */
const MAX_LINES = 40;
/** The maximum length of one line in characters: a path of keys may be long. */
const MAX_LINE = 900;

/**
 * Describes the changes of one entry, a line each, with long values cut.
 *
 * @param was the value in the baseline, where long values are cut; `null` if the entry is new
 * @param now the value of this world; `null` if the entry was removed
 */
export async function describeChange(
  key: string,
  was: string | null,
  now: Json,
): Promise<string[]> {
  if (isNews(key)) return [describeNews(key, String(now))];
  // The prompt shows all of a new text elsewhere.
  if (was === null) return key.startsWith("sensor:") ? [`now ${show(now)}`] : [];
  if (now === null) return [`was ${cut(was, MAX_VALUE)}`];
  const lines = typeof now === "string" && !key.startsWith("sensor:")
    ? await describeTextChange(was, now)
    : describeSignal(was, now);
  const shown = lines.slice(0, MAX_LINES).map((line) => cut(line, MAX_LINE));
  const rest = lines.length - shown.length;
  return rest === 0 ? shown : [...shown, `… and ${rest} more lines`];
}

function describeNews(key: string, since: string): string {
  const time = localDateTime(since);
  if (key.startsWith("due:")) return `was due ${time}`;
  return key.startsWith("stalled:") ? `no progress since ${time}` : `no move since ${time}`;
}

function describeSignal(was: string, now: Json): string[] {
  const both = [`was ${cut(was, MAX_VALUE)}`, `now ${show(now)}`];
  if (typeof now === "string") return both;
  try {
    const lines = describeJsonChange(parseJson(was), now);
    // None: the old value was a text that equals the JSON of the new one.
    return lines.length > 0 ? lines : both;
  } catch {
    // A text signal, or one that was cut in the baseline.
    return both;
  }
}

function show(value: Json): string {
  return cut(typeof value === "string" ? value : canonicalJson(value), MAX_VALUE);
}

/** The maximum length of one old or new JSON value in characters. */
const MAX_JSON_VALUE = 200;

/**
 * Names each place where two JSON values differ: `ci.status: "green" → "red"`, `open[3]: added {…}`.
 * Objects are compared key by key, arrays index by index.
 */
function describeJsonChange(was: Json | undefined, now: Json | undefined, path = ""): string[] {
  const shown = (value: Json) => cut(canonicalJson(value), MAX_JSON_VALUE);
  // Never both: a place comes from one of the values.
  if (was === undefined) return [`${path}: added ${shown(now as Json)}`];
  if (now === undefined) return [`${path}: removed, was ${shown(was)}`];
  if (isJsonObject(was) && isJsonObject(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
    return keys.flatMap((key) =>
      describeJsonChange(own(was, key), own(now, key), path === "" ? key : `${path}.${key}`)
    );
  }
  if (Array.isArray(was) && Array.isArray(now)) {
    const longer = was.length > now.length ? was : now;
    return longer.flatMap((_, i) => describeJsonChange(was[i], now[i], `${path}[${i}]`));
  }
  if (canonicalJson(was) === canonicalJson(now)) return [];
  return [`${path === "" ? "value" : path}: ${shown(was)} → ${shown(now)}`];
}

function own(value: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The maximum length of one line of a text in characters. */
const MAX_TEXT_LINE = 200;
/**
 * Texts that differ in more lines are not compared line by line: the cost grows with the square of the lines that differ, and so
 * many take some tenths of a second.
 */
const MAX_EDITS = 1000;
/** The minimum length of an old text that was cut in the baseline, in characters. */
const CUT_FROM = 1999;

/** Lists the removed (`- …`) and added (`+ …`) lines of a text, in their order. */
async function describeTextChange(was: string, now: string): Promise<string[]> {
  // Loaded only here: most ticks see no text change.
  const { diffLines } = await import("diff");
  // The baseline has only the beginning of a long text, and marks the cut.
  const wasCut = was.length >= CUT_FROM && was.endsWith("…");
  const [before, after] = wasCut
    ? [wholeLines(was.slice(0, -1)), wholeLines(now.slice(0, was.length - 1))]
    : [was, now];
  const parts = diffLines(before, after, { maxEditLength: MAX_EDITS });
  if (!parts) return [`rewritten: ${linesOf(was).length} lines before, ${linesOf(now).length} now`];
  const all = parts.filter(({ added, removed }) => added || removed);
  // A difference at the cut is most likely text that was shifted beyond it.
  const last = parts[parts.length - 1];
  const sure = wasCut ? all.filter((part) => part !== last) : all;
  const lines = (sure.length > 0 ? sure : all).flatMap(({ added, value }) =>
    linesOf(value).map((line) => `${added ? "+" : "-"} ${cut(line, MAX_TEXT_LINE)}`)
  );
  return lines.length > 0 ? lines : ["changed beyond its first 2,000 characters"];
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Removes a last line that was cut, unless it is the only one. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1) || text;
}

/** Two states of a file to compare. */
export interface PatchInput {
  /** The paths of both, `/dev/null` for none. */
  from: string;
  to: string;
  before: string;
  after: string;
  /** The names of the two states, shown after the paths. */
  was: string;
  is: string;
  /** Lines around each change. Default 3. */
  context?: number;
  /** Without a line above the two paths. Default `false`. */
  headersOnly?: boolean;
}

/** In milliseconds; long texts are slow to compare even if few of their lines differ. */
const TIMEOUT_MS = 250;

/**
 * Returns the difference of two texts as `diff -u` prints it. Of texts that would take too long to compare, it removes and
 * adds all lines between what both begin and end with. It blocks everything else meanwhile: do not call it under a lock.
 */
export async function patchOf(input: PatchInput): Promise<string> {
  const { from, to, before, after, was, is, context = 3, headersOnly = false } = input;
  const { createTwoFilesPatch, FILE_HEADERS_ONLY, formatPatch, INCLUDE_HEADERS } = await import(
    "diff"
  );
  const headerOptions = headersOnly ? FILE_HEADERS_ONLY : INCLUDE_HEADERS;
  const limits = { maxEditLength: MAX_EDITS, timeout: TIMEOUT_MS };
  const options = { ...limits, context, headerOptions };
  const exact = createTwoFilesPatch(from, to, before, after, was, is, options);
  if (exact !== undefined) return exact;
  const names = { oldFileName: from, newFileName: to, oldHeader: was, newHeader: is };
  return formatPatch({ ...names, hunks: [wholeHunk(before, after, context)] }, headerOptions);
}

/** One hunk with all lines between the common beginning and end. */
function wholeHunk(before: string, after: string, context: number) {
  const [old, now] = [linesWithBreaks(before), linesWithBreaks(after)];
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
  const [first, last] = [Math.max(0, start - context), Math.max(0, end - context)];
  const marked = (mark: string, lines: string[]) =>
    lines.flatMap((line) =>
      line.endsWith("\n") ? [mark + line.slice(0, -1)] : [mark + line, NO_LAST_BREAK]
    );
  return {
    oldStart: first + 1,
    oldLines: old.length - first - last,
    newStart: first + 1,
    newLines: now.length - first - last,
    lines: [
      ...marked(" ", old.slice(first, start)),
      ...marked("-", old.slice(start, old.length - end)),
      ...marked("+", now.slice(start, now.length - end)),
      ...marked(" ", old.slice(old.length - end, old.length - last)),
    ],
  };
}

const NO_LAST_BREAK = "\\ No newline at end of file";

/** The lines of a text with their breaks. */
function linesWithBreaks(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
