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
/** Texts that differ in more lines are not compared line by line, which would take seconds. */
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
