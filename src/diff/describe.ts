import { canonicalJson, isJsonObject, type Json } from "../schema/json.ts";
import { cut } from "../schema/text.ts";

/** The most characters of one value, and the most lines of one change, that a reader is shown. */
const MAX_VALUE = 400;
const MAX_LINES = 40;
/** The most characters of one line: a path of keys may be long, too. */
const MAX_LINE = 900;

/**
 * Says what changed of one entry, a line each, values cut to size.
 *
 * @param was the value as the baseline kept it (itself cut to size); `null` when the entry is new
 * @param now the value of this world; `null` when the entry is gone
 */
export async function describeChange(
  key: string,
  was: string | null,
  now: Json,
): Promise<string[]> {
  // A new text stands whole in the prompt already.
  if (was === null) return key.startsWith("sensor:") ? [`now ${show(now)}`] : [];
  if (now === null) return [`was ${cut(was, MAX_VALUE)}`];
  const lines = typeof now === "string" && !key.startsWith("sensor:")
    ? await describeTextChange(was, now)
    : describeSignal(was, now);
  const shown = lines.slice(0, MAX_LINES).map((line) => cut(line, MAX_LINE));
  const rest = lines.length - shown.length;
  return rest === 0 ? shown : [...shown, `… and ${rest} more lines`];
}

function describeSignal(was: string, now: Json): string[] {
  const both = [`was ${cut(was, MAX_VALUE)}`, `now ${show(now)}`];
  if (typeof now === "string") return both;
  try {
    const lines = describeJsonChange(JSON.parse(was), now);
    // None: the old one was a text that reads like the new value.
    return lines.length > 0 ? lines : both;
  } catch {
    // A text signal, or one that the baseline had to cut.
    return both;
  }
}

function show(value: Json): string {
  return cut(typeof value === "string" ? value : canonicalJson(value), MAX_VALUE);
}

/** The most characters of one old or new value. */
const MAX_JSON_VALUE = 200;

/**
 * Names each place where two JSON values differ: `ci.status: "green" → "red"`, `open[3]: added {…}`.
 * Objects are compared key by key, arrays place by place.
 */
export function describeJsonChange(was: Json, now: Json, path = ""): string[] {
  if (isJsonObject(was) && isJsonObject(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])].sort();
    return keys.flatMap((key) =>
      describePlace(own(was, key), own(now, key), path === "" ? key : `${path}.${key}`)
    );
  }
  if (Array.isArray(was) && Array.isArray(now)) {
    const length = Math.max(was.length, now.length);
    return Array.from({ length }, (_, i) => describePlace(was[i], now[i], `${path}[${i}]`)).flat();
  }
  if (canonicalJson(was) === canonicalJson(now)) return [];
  return [`${path === "" ? "value" : path}: ${showJson(was)} → ${showJson(now)}`];
}

function describePlace(was: Json | undefined, now: Json | undefined, path: string): string[] {
  if (was === undefined && now === undefined) return [];
  if (was === undefined) return [`${path}: added ${showJson(now as Json)}`];
  if (now === undefined) return [`${path}: removed, was ${showJson(was)}`];
  return describeJsonChange(was, now, path);
}

function own(value: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function showJson(value: Json): string {
  return cut(canonicalJson(value), MAX_JSON_VALUE);
}

/** The most characters of one line. */
const MAX_TEXT_LINE = 200;
/** Texts that differ in more lines than this are not compared line by line: it would take seconds. */
const MAX_EDITS = 1000;
/** At least this many characters has an old text that the baseline had to cut. */
const CUT_FROM = 1999;

/** Names the lines that a text lost (`- …`) and won (`+ …`), in their order. */
export async function describeTextChange(was: string, now: string): Promise<string[]> {
  // Loaded only here: most ticks see no text change.
  const { diffLines } = await import("diff");
  // The baseline keeps only the beginning of a long text, and marks the cut.
  const wasCut = was.length >= CUT_FROM && was.endsWith("…");
  const [before, after] = wasCut
    ? [wholeLines(was.slice(0, -1)), wholeLines(now.slice(0, was.length - 1))]
    : [was, now];
  const parts = diffLines(before, after, { maxEditLength: MAX_EDITS });
  if (!parts) return [`rewritten: ${linesOf(was).length} lines before, ${linesOf(now).length} now`];
  const all = parts.filter(({ added, removed }) => added || removed);
  // What differs right at the cut was most likely only pushed over it.
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

/** Without a last line that was cut, unless that is all there is. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1) || text;
}
