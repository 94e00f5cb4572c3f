import { join } from "@std/path";
import * as z from "zod/mini";
import { listDir, removeFile, removeStaleTemporaries } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { stat } from "../os/stat.ts";
import { isTemporary, overwriteFile } from "../os/write.ts";
import { isJsonObject, type Json, type JsonObject, jsonProblem } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";

/**
 * Returns the successful reading of an earlier tick if it is of the same script and less than `interval` seconds old,
 * else `null`. A reading from the future (the clock was set back) and a damaged snapshot do not count.
 */
export async function freshSnapshot(
  dir: string,
  { name, script, interval, now }: { name: string; script: string; interval: number; now: Date },
): Promise<Reading | null> {
  const reading = interval === 0 ? null : await readSnapshot(dir, name);
  if (reading?.script !== script || !reading.result.ok) return null;
  const age = now.getTime() - Date.parse(reading.at);
  return age >= 0 && age < interval * 1000 ? reading : null;
}

/**
 * Adds to a failed reading what its last successful run printed, unless more than `grace` runs have failed since. An
 * edited sensor has no last run.
 */
export async function withGrace(dir: string, reading: Reading, grace: number): Promise<Reading> {
  if (reading.result.ok || grace === 0) return reading;
  const before = await readSnapshot(dir, reading.name);
  if (before?.script !== reading.script) return reading;
  const last = before.result.ok ? { value: before.result.value, failures: 0 } : before.last;
  if (!last || last.failures >= grace) return reading;
  return { ...reading, last: { ...last, failures: last.failures + 1 } };
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
async function readSnapshot(dir: string, name: string): Promise<Reading | null> {
  const path = join(dir, `${name}.json`);
  try {
    if (!stat(path)?.isFile) return null;
    const data: Json = JSON.parse(await readTextIfPresent(path) ?? "");
    const reading = jsonProblem(data) === null ? snapshotSchema.safeParse(data).data : undefined;
    return reading?.name === name ? reading : null;
  } catch {
    return null;
  }
}

/** Writes the snapshot of a new reading. */
export async function writeSnapshot(dir: string, reading: Reading): Promise<void> {
  const text = JSON.stringify(reading, null, 2) + "\n";
  await overwriteFile(join(dir, `${reading.name}.json`), text);
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
  at: z.string().check(z.refine((at) => !!Date.parse(at) && new Date(at).toISOString() === at)),
  result: z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value: z.custom<JsonObject>(isJsonObject) }),
    z.object({ ok: z.literal(false), error: z.string() }),
  ]),
  last: z.optional(
    z.object({ value: z.custom<JsonObject>(isJsonObject), failures: z.int().check(z.minimum(0)) }),
  ),
});
