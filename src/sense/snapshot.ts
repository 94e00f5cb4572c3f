import { join } from "@std/path";
import * as z from "zod/mini";
import { maskJson } from "../mask/mask.ts";
import { listDir, removeFile, removeStaleTemporaries } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { isTemporary, overwriteFile } from "../os/write.ts";
import type { Profile } from "../profile/profile.ts";
import { isJsonObject, type JsonObject, jsonProblem, parseJson } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";

/**
 * Returns the successful reading of an earlier tick if it is of the same script and less than `interval` seconds old,
 * else `null`. A reading from the future (the clock was set back) and a damaged snapshot do not count.
 */
export async function freshSnapshot(
  dir: string,
  { name, script, interval, now }: { name: string; script: string; interval: number; now: Date },
): Promise<Snapshot | null> {
  const reading = interval === 0 ? null : await readSnapshot(dir, name);
  if (reading?.script !== script || !reading.result.ok) return null;
  const age = now.getTime() - Date.parse(reading.at);
  return age >= 0 && age < interval * 1000 ? reading : null;
}

/**
 * Adds to a failed reading what its last successful run printed, unless more than `grace` runs have failed since. An
 * edited sensor has no last run; one whose file cannot be read was not edited.
 */
export async function withGrace(
  profile: Profile,
  reading: Reading,
  grace: number,
): Promise<Reading> {
  if (reading.result.ok || grace === 0) return reading;
  const before = await readSnapshot(profile.paths.snapshots, reading.name);
  if (!before || (reading.script !== "" && before.script !== reading.script)) return reading;
  const last = before.result.ok ? { value: before.result.value, failures: 0 } : before.last;
  if (!last || last.failures >= grace) return reading;
  const { exact } = await withExact(profile, before);
  const value = maskJson(profile.mask, last.value);
  return {
    ...{ ...reading, last: { value, failures: last.failures + 1 } },
    ...(exact === undefined ? {} : { exact }),
  };
}

/** Reads the readings of the last tick, by name; a damaged snapshot is left out. */
export async function readSnapshots(dir: string): Promise<Reading[]> {
  const names = listDir(dir).map(({ name }) => name).filter((name) => name.endsWith(".json"));
  const readings = await Promise.all(
    names.map((name) => readSnapshot(dir, name.slice(0, -".json".length))),
  );
  return readings.filter((reading) => reading !== null)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `null` if it is missing or damaged: the next tick replaces it. */
async function readSnapshot(dir: string, name: string): Promise<Snapshot | null> {
  const path = join(dir, `${name}.json`);
  try {
    if (!stat(path)?.isFile) return null;
    const data = parseJson(await readTextIfPresent(path) ?? "");
    const reading = jsonProblem(data) === null ? snapshotSchema.safeParse(data).data : undefined;
    return reading?.name === name ? reading : null;
  } catch {
    return null;
  }
}

/** Writes the snapshot of a new reading; what is masked in it is kept encrypted, for rules. */
export async function writeSnapshot(profile: Profile, reading: Reading): Promise<void> {
  const { exact, ...masked } = reading;
  const sealed = exact && {
    sealed: await (await sealing()).seal(profile, JSON.stringify(exact)),
  };
  const text = JSON.stringify({ ...masked, ...sealed }, null, 2) + "\n";
  await overwriteFile(join(profile.paths.snapshots, `${reading.name}.json`), text);
}

/** Reads the readings of the last tick with what is masked in them, as far as it can be decrypted. */
export async function exactReadings(profile: Profile): Promise<Reading[]> {
  const readings = await readSnapshots(profile.paths.snapshots);
  return await Promise.all(readings.map((reading) => withExact(profile, reading)));
}

/** Decrypts what is masked in a reading of an earlier tick. */
export async function withExact(profile: Profile, reading: Snapshot): Promise<Reading> {
  const { sealed, ...masked } = reading;
  const text = sealed === undefined ? null : await (await sealing()).unseal(profile, sealed);
  const exact: unknown = text === null ? undefined : parseJson(text);
  return isJsonObject(exact) ? { ...masked, exact } : masked;
}

/** Imported here, since most readings hold no secret. */
const sealing = () => import("../profile/sealed.ts");

/** A reading in its file. */
interface Snapshot extends Reading {
  /** Its unmasked value, encrypted; absent if nothing in it is masked. */
  sealed?: string;
}

/** Removes the files of a directory that are not in `keep`, except temporary files that may still be written. */
export async function removeVanished(dir: string, keep: Set<string>, now: Date): Promise<void> {
  for (const { name, isDirectory } of listDir(dir)) {
    if (!keep.has(name) && !isDirectory && !isTemporary(name)) await removeFile(join(dir, name));
  }
  await removeStaleTemporaries(dir, now);
}

const amount = z.number().check(z.minimum(0));
const snapshotSchema = z.object({
  ...{ name: z.string(), file: z.string(), script: z.string(), trusted: z.boolean() },
  ...{ ms: amount, bytes: amount },
  sealed: z.optional(z.string()),
  at: z.string().check(z.refine((at) => !!Date.parse(at) && new Date(at).toISOString() === at)),
  result: z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value: z.custom<JsonObject>(isJsonObject) }),
    z.object({ ok: z.literal(false), error: z.string() }),
  ]),
  last: z.optional(
    z.object({ value: z.custom<JsonObject>(isJsonObject), failures: z.int().check(z.minimum(0)) }),
  ),
});
