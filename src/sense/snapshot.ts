import { join } from "@std/path";
import { listDir, removeFile } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import { fileAge, stat } from "../os/stat.ts";
import { replaceFile } from "../os/write.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";
import { problemOf } from "./output.ts";

/** Longer than any write takes: such a temporary file was left by a crash. */
const LEFT_BEHIND_MS = 3_600_000;

/**
 * The good reading of an earlier tick that still holds: of the same script, and less than `interval` seconds old;
 * else `null`. One from the future does not hold, since the clock went back; nor does a snapshot that anybody
 * damaged.
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
    // a snapshot that cannot be read is not fresh, and is written anew in a moment
    return null;
  }
}

/** Reads what the last tick saw, by name; a snapshot that anybody damaged is left out. */
export async function readSnapshots(dir: string): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const { name, isDirectory } of listDir(dir)) {
    const path = join(dir, name);
    if (isDirectory || !name.endsWith(".json") || !stat(path)?.isFile) continue;
    try {
      const reading = parseSnapshot(await readTextIfPresent(path) ?? "");
      if (reading !== null && `${reading.name}.json` === name) readings.push(reading);
    } catch {
      // the next tick writes it anew
    }
  }
  return readings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes the snapshots of this tick's new readings, and removes those of sensors that are no more. */
export async function writeSnapshots(
  dir: string,
  { all, fresh, now }: { all: Reading[]; fresh: Set<Reading>; now: Date },
): Promise<void> {
  for (const reading of all) {
    if (fresh.has(reading)) continue;
    const text = JSON.stringify(reading, null, 2) + "\n";
    await replaceFile(join(dir, `${reading.name}.json`), text, { durable: false });
  }
  await removeVanished(dir, new Set(all.map((reading) => `${reading.name}.json`)), now);
}

/** Removes the files of a directory that are not to be kept, but for what somebody may be writing just now. */
export async function removeVanished(dir: string, keep: Set<string>, now: Date): Promise<void> {
  for (const { name, isDirectory } of listDir(dir)) {
    if (keep.has(name) || isDirectory) continue;
    const path = join(dir, name);
    const age = name.endsWith(".tmp") ? fileAge(path, now.getTime()) ?? 0 : Infinity;
    if (age > LEFT_BEHIND_MS) await removeFile(path);
  }
}

function parseSnapshot(text: string): Reading | null {
  const data: Json = JSON.parse(text);
  if (!isJsonObject(data) || problemOf(data) !== null) return null;
  const { name, file, at, trusted, script, ms, bytes, result } = data;
  if (typeof name !== "string" || typeof file !== "string") return null;
  if (typeof at !== "string" || typeof script !== "string") return null;
  if (typeof trusted !== "boolean" || typeof ms !== "number" || typeof bytes !== "number") {
    return null;
  }
  if (new Date(at).toISOString() !== at || ms < 0 || bytes < 0) return null;
  const read = { name, file, at, trusted, script, ms, bytes };
  if (!isJsonObject(result)) return null;
  if (result.ok === false && typeof result.error === "string") {
    return { ...read, result: { ok: false, error: result.error } };
  }
  if (result.ok !== true || !isJsonObject(result.value)) return null;
  return { ...read, result: { ok: true, value: result.value } };
}
