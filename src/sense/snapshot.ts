import { join } from "@std/path";
import * as z from "zod/mini";
import { listDir, removeFile } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { fileAge, stat } from "../os/stat.ts";
import { overwriteFile } from "../os/write.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";
import { problemOf } from "./output.ts";

/** Longer than any write takes: a crash left such a temporary file. */
const LEFT_BEHIND_MS = 3_600_000;

/**
 * Returns the successful reading of an earlier tick if it is of the same script and less than `interval` seconds old,
 * else `null`. A reading from the future (the clock was set back) and a damaged snapshot do not count.
 */
export async function freshSnapshot(
  dir: string,
  { name, script, interval, now }: { name: string; script: string; interval: number; now: Date },
): Promise<Reading | null> {
  if (interval === 0) return null;
  const path = join(dir, `${name}.json`);
  try {
    if (!stat(path)?.isFile) return null;
    const reading = parseSnapshot(await readTextIfPresent(path) ?? "");
    if (reading === null || reading.name !== name || reading.script !== script) return null;
    const age = now.getTime() - Date.parse(reading.at);
    return reading.result.ok && age >= 0 && age < interval * 1000 ? reading : null;
  } catch {
    // an unreadable snapshot is not fresh; this tick replaces it
    return null;
  }
}

/** Reads the readings of the last tick, by name; a damaged snapshot is left out. */
export async function readSnapshots(dir: string): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const { name, isDirectory } of listDir(dir)) {
    const path = join(dir, name);
    if (isDirectory || !name.endsWith(".json") || !stat(path)?.isFile) continue;
    try {
      const reading = parseSnapshot(await readTextIfPresent(path) ?? "");
      if (reading !== null && `${reading.name}.json` === name) readings.push(reading);
    } catch {
      // the next tick replaces it
    }
  }
  return readings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes the snapshots of this tick's new readings, and removes those of removed sensors. */
export async function writeSnapshots(
  dir: string,
  { all, fresh, now }: { all: Reading[]; fresh: Set<Reading>; now: Date },
): Promise<void> {
  for (const reading of all) {
    if (fresh.has(reading)) continue;
    const text = JSON.stringify(reading, null, 2) + "\n";
    await overwriteFile(join(dir, `${reading.name}.json`), text);
  }
  await removeVanished(dir, new Set(all.map((reading) => `${reading.name}.json`)), now);
}

/** Removes the files of a directory that are not in `keep`, except temporary files that may still be written. */
export async function removeVanished(dir: string, keep: Set<string>, now: Date): Promise<void> {
  for (const { name, isDirectory } of listDir(dir)) {
    if (keep.has(name) || isDirectory) continue;
    const path = join(dir, name);
    const age = name.endsWith(".tmp") ? fileAge(path, now.getTime()) ?? 0 : Infinity;
    if (age > LEFT_BEHIND_MS) await removeFile(path);
  }
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
});

function parseSnapshot(text: string): Reading | null {
  const data: Json = JSON.parse(text);
  return problemOf(data) === null ? snapshotSchema.safeParse(data).data ?? null : null;
}
