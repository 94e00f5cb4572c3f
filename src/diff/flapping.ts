import { readTextIfPresent } from "../os/read.ts";
import { replaceFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import type { Comparison } from "../schema/world.ts";

/** Ticks running on which a signal has to change to be called flapping. */
const FLAPPING = 5;

/** Sensor → digest of its signal, and on how many ticks running it has changed. */
type Signals = Record<string, { digest: string; changes: number }>;

/**
 * Finds the sensors whose signal has changed on each of the last five ticks, by comparing it with that of the tick
 * before, whatever was decided then. A reading that is kept has not changed. Forced and dry runs do not count as ticks.
 *
 * @returns the comparison with their names, if there are any
 */
export async function findFlapping(
  { paths, warn }: Profile,
  comparison: Comparison,
  { only, dryRun }: { only?: unknown; dryRun?: boolean },
): Promise<Comparison> {
  const text = await readTextIfPresent(paths.signals).catch(() => null) ?? "";
  const before = parse(text);
  const counts = only === undefined && !dryRun;
  const signals = counts ? next(before, comparison.digests) : before;
  const after = JSON.stringify(signals);
  if (counts && after !== text) {
    // Not durable: after a crash it is counted anew.
    await replaceFile(paths.signals, after, { durable: false })
      .catch((error) => warn(`flapping sensors are not noticed: ${messageOf(error)}`));
  }
  const flapping = flappingIn(signals);
  return flapping.length === 0 ? comparison : { ...comparison, flapping };
}

/** Names the sensors that {@linkcode findFlapping} found flapping at the last tick. */
export async function lastFlapping({ paths }: Profile): Promise<string[]> {
  const text = await readTextIfPresent(paths.signals).catch(() => null);
  return flappingIn(parse(text ?? ""));
}

function flappingIn(signals: Signals): string[] {
  return Object.keys(signals).filter((name) => signals[name].changes >= FLAPPING);
}

function next(before: Signals, digests: Comparison["digests"]): Signals {
  const signals: Signals = {};
  for (const [key, digest] of Object.entries(digests)) {
    if (!key.startsWith("sensor:")) continue;
    const name = key.slice("sensor:".length);
    const old = Object.hasOwn(before, name) ? before[name] : null;
    // More than enough is not counted: the file stays the same while a signal does.
    const changes = !old || old.digest === digest ? 0 : Math.min(old.changes + 1, FLAPPING);
    signals[name] = { digest, changes };
  }
  return signals;
}

/** What was damaged is counted anew. */
function parse(text: string): Signals {
  let data: Json;
  try {
    data = JSON.parse(text);
  } catch {
    return {}; // no file yet, or a damaged one
  }
  const whole = isJsonObject(data) &&
    Object.values(data).every((entry) =>
      isJsonObject(entry) && typeof entry.digest === "string" && typeof entry.changes === "number"
    );
  return whole ? data as Signals : {};
}
