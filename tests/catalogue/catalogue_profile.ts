import { composeSensor } from "../../src/catalogue/render.ts";
import { addSensor } from "../../src/documents/sensors.ts";
import type { Reading } from "../../src/schema/world.ts";
import { sense } from "../../src/sense/sense.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "../support/temp_profile.ts";

/** A profile with one sensor of the catalogue, called `s`, added to it as `looop sensor add` does. */
export async function catalogueProfile(
  name: string,
  set: string[],
  options: TempProfileOptions = {},
): Promise<TempProfile> {
  const profile = await tempProfile(options);
  await addSensor(profile, composeSensor({ name, as: "s", set }));
  return profile;
}

/** What the sensor gives within a tick's look at the world. */
export async function readingOf(profile: TempProfile): Promise<Reading> {
  // A kept reading would hide what has changed since.
  await Deno.remove(`${profile.paths.snapshots}/s.json`).catch(() => undefined);
  const { readings } = await sense(profile);
  if (readings.length !== 1) throw new Error(`there are ${readings.length} sensors`);
  return readings[0];
}

/** Its value, or the text of its error. */
export async function resultOf(profile: TempProfile): Promise<unknown> {
  const { result } = await readingOf(profile);
  return result.ok ? result.value : result.error;
}

/** Its signal alone; the text of its error where it fails. */
export async function signalOf(profile: TempProfile): Promise<unknown> {
  const { result } = await readingOf(profile);
  return result.ok ? result.value.signal : result.error;
}

/** Shortens the time that a `.ts` sensor waits for an answer to 3 s. */
export async function hurry(profile: TempProfile, file: string): Promise<void> {
  const text = await profile.read(`sensors/${file}`);
  const hurried = text.replace(/^const LIMIT_MS = .*$/m, "const LIMIT_MS = 3000;");
  if (hurried === text) throw new Error(`${file} has no limit`);
  await profile.write(`sensors/${file}`, hurried);
}
