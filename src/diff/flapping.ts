import * as z from "zod/mini";
import { replaceFile } from "../os/write.ts";
import { parseFile } from "../profile/json_file.ts";
import type { Profile } from "../profile/profile.ts";
import { messageOf } from "../schema/errors.ts";
import type { Comparison } from "../schema/world.ts";

/** A signal that changes on this many consecutive ticks is flapping. */
const FLAPPING = 5;

/** Sensor → digest of its signal, and on how many consecutive ticks it has changed. */
const signalsSchema = z.record(
  z.string(),
  z.object({ digest: z.string(), changes: z.number() }),
);
type Signals = z.infer<typeof signalsSchema>;

/**
 * Finds the sensors whose signal has changed on each of the last five ticks, each compared with the tick before, whatever
 * was decided. A reused reading has not changed. Forced and dry runs do not count as ticks.
 *
 * @returns the comparison with their names, if there are any
 */
export async function findFlapping(
  profile: Profile,
  comparison: Comparison,
  { only, dryRun }: { only?: unknown; dryRun?: boolean },
): Promise<Comparison> {
  const before = await readSignals(profile);
  const counts = only === undefined && !dryRun;
  const signals = counts ? next(before, comparison.digests) : before;
  const text = JSON.stringify(signals);
  if (counts && text !== JSON.stringify(before)) {
    // Not durable: after a crash, counting starts again.
    await replaceFile(profile.paths.signals, text, { durable: false })
      .catch((error) => profile.warn(`cannot detect flapping sensors: ${messageOf(error)}`));
  }
  const flapping = flappingIn(signals);
  return flapping.length === 0 ? comparison : { ...comparison, flapping };
}

/** Names the sensors that {@linkcode findFlapping} found at the last tick. */
export async function lastFlapping(profile: Profile): Promise<string[]> {
  return flappingIn(await readSignals(profile));
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
    // With a maximum, so that the file stays the same while a signal does.
    const changes = !old || old.digest === digest ? 0 : Math.min(old.changes + 1, FLAPPING);
    signals[name] = { digest, changes };
  }
  return signals;
}

/** A missing or damaged file counts as empty. */
async function readSignals({ paths }: Profile): Promise<Signals> {
  return await parseFile(paths.signals, signalsSchema, "").catch(() => null) ?? {};
}
