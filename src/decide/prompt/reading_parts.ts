import { canonicalJson } from "../../model/canonical.ts";
import type { Reading } from "../../model/reading.ts";
import type { Part } from "./part.ts";
import type { PromptInput } from "./write_prompt.ts";

/** The readings, a part each: the unchanged ones first, so that a provider's cache reaches over them. */
export function readingParts({ world, comparison, fence }: PromptInput): Part[] {
  const changed = new Set(comparison.changes.map((change) => change.key));
  const isChanged = ({ name }: Reading) => changed.has(`sensor:${name}`);
  // Older readings go first when room is short, those that woke the loop last of all.
  // To the minute: which of one tick's sensors started first says nothing.
  const minute = ({ at }: Reading) => at.slice(0, 16);
  const older = (one: Reading) =>
    world.readings.filter((reading) => minute(reading) < minute(one)).length;
  const part = (reading: Reading): Part => ({
    text: fence(title(reading), body(reading)),
    optional: {
      name: `reading ${reading.name}`,
      keep: older(reading) + (isChanged(reading) ? world.readings.length : 0),
    },
  });
  return [
    ...group(
      "# READINGS, UNCHANGED",
      world.readings.filter((reading) => !isChanged(reading)).map(part),
    ),
    ...group("# READINGS, CHANGED", world.readings.filter(isChanged).map(part)),
  ];
}

function group(title: string, parts: Part[]): Part[] {
  return parts.length === 0 ? [] : [{ text: title }, ...parts];
}

function title({ name, trusted }: Reading): string {
  return `${trusted ? "reading" : "untrusted reading"} ${name}`;
}

function body({ result }: Reading): string {
  return result.ok ? canonicalJson(result.value) : `failing: ${result.error}`;
}
