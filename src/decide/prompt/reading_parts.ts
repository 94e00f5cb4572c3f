import { canonicalJson } from "../../model/canonical.ts";
import type { Reading } from "../../model/reading.ts";
import type { Part } from "./part.ts";
import type { PromptInput } from "./write_prompt.ts";

/**
 * The unchanged readings, or the changed ones, a part each. Untrusted ones come last, so that a provider's cache
 * reaches over the others whether or not they are withheld.
 */
export function readingParts(
  { world, comparison, tainted, fence }: PromptInput,
  which: "unchanged" | "changed",
): Part[] {
  const changed = new Set(comparison.changes.map((change) => change.key));
  const isChanged = ({ name }: Reading) => changed.has(`sensor:${name}`);
  const readings = world.readings.filter((reading) => isChanged(reading) === (which === "changed"));
  // Older readings go first when room is short, those that woke the loop last of all.
  // To the minute: which of one tick's sensors started first says nothing.
  const minute = ({ at }: Reading) => at.slice(0, 16);
  const older = (one: Reading) =>
    world.readings.filter((reading) => minute(reading) < minute(one)).length;
  const part = (reading: Reading): Part => ({
    text: reading.trusted || tainted ? fence(title(reading), body(reading)) : withheld(reading),
    optional: {
      name: `reading ${reading.name}`,
      keep: older(reading) + (isChanged(reading) ? world.readings.length : 0),
    },
  });
  const trustedFirst = readings.toSorted((a, b) => Number(b.trusted) - Number(a.trusted));
  return readings.length === 0
    ? []
    : [{ text: `# READINGS, ${which.toUpperCase()}` }, ...trustedFirst.map(part)];
}

function title({ name, trusted }: Reading): string {
  return `${trusted ? "reading" : "untrusted reading"} ${name}`;
}

function withheld(reading: Reading): string {
  const bytes = reading.bytes.toLocaleString("en");
  return `${title(reading)}: unchanged since it was last decided on; withheld, ${bytes} bytes`;
}

function body({ result }: Reading): string {
  return result.ok ? canonicalJson(result.value) : `failing: ${result.error}`;
}
