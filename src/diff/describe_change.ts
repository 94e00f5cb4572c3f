import { canonicalJson } from "../model/canonical.ts";
import { cut } from "../model/cut.ts";
import type { Json } from "../model/json.ts";
import { describeJsonChange } from "./describe_json_change.ts";
import { describeTextChange } from "./describe_text_change.ts";

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
