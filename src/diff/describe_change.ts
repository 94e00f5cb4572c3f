import { canonicalJson } from "../model/canonical.ts";
import { cut } from "../model/cut.ts";
import type { Json } from "../model/json.ts";
import { describeJsonChange } from "./describe_json_change.ts";
import { describeTextChange } from "./describe_text_change.ts";

/** The most characters of one value, and the most lines of one change, that a reader is shown. */
const MAX_VALUE = 400;
const MAX_LINES = 40;

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
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more lines`];
}

function describeSignal(was: string, now: Json): string[] {
  try {
    return describeJsonChange(JSON.parse(was), now);
  } catch {
    // A text signal, or one that the baseline had to cut.
    return [`was ${cut(was, MAX_VALUE)}`, `now ${show(now)}`];
  }
}

function show(value: Json): string {
  return cut(typeof value === "string" ? value : canonicalJson(value), MAX_VALUE);
}
