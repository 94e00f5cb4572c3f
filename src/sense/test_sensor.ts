import { extname, join } from "@std/path";
import { tempDir } from "../os/dirs.ts";
import { readBytes, readTextIfPresent } from "../os/read.ts";
import type { Profile } from "../profile/profile.ts";
import { canonicalJson, type Json } from "../schema/json.ts";
import { type Reading, signalOf } from "../schema/world.ts";
import { readHeader, readLimits, type SensorHeader, type SensorLimits } from "./header.ts";
import { type Sensor, sensorNamed } from "./list.ts";
import { runSensor } from "./run_sensor.ts";
import { readSnapshots } from "./snapshot.ts";
import { type PermissionsUsed, permissionsUsed } from "./ts_permissions.ts";

/** What running a sensor once, for a person to look at, gave. */
export interface SensorTest {
  reading: Reading;
  /** What may wake the loop. */
  signal: Json;
  /** That against what the last tick saw; `new`: no tick has seen it. */
  compared: "same" | "changed" | "new";
  /** `null` where it cannot be read. */
  header: SensorHeader | null;
  /** Those that it ran with. */
  limits: SensorLimits;
  /** Variables that its header names, and that are not there. */
  missing: string[];
  /** Of a `.ts` sensor that was run; else `null`. */
  permissions: PermissionsUsed | null;
}

/**
 * Runs a sensor as a tick would, but always anew; the loop sees nothing of it.
 *
 * @param name its name, or that of its file
 * @throws {UserError} listing the sensors, where there is none of this name.
 * @throws the reason of `signal` when it fired.
 */
export async function testSensor(
  profile: Profile,
  name: string,
  signal?: AbortSignal,
): Promise<SensorTest> {
  const { paths, env } = profile;
  const sensor = await sensorNamed(profile, name);
  const header = headerOf(sensor);
  const limits = readLimits(env);
  await using temp = await tempDir();
  const auditFile = join(temp.path, "permissions.jsonl");
  const { reading } = await runSensor(profile, sensor, { limits, anew: true, auditFile, signal });
  signal?.throwIfAborted();
  const audit = header && extname(sensor.file) === ".ts"
    ? await readTextIfPresent(auditFile)
    : null;
  const before = (await readSnapshots(paths.snapshots)).find((one) => one.name === sensor.name);
  const now = signalOf(reading);
  return {
    reading,
    signal: now,
    compared: !before
      ? "new"
      : canonicalJson(signalOf(before)) === canonicalJson(now)
      ? "same"
      : "changed",
    header,
    limits: { ...limits, ...(header?.timeout ? { timeoutMs: header.timeout * 1000 } : {}) },
    missing: header?.env.filter((variable) => env(variable) === undefined) ?? [],
    permissions: header && audit !== null
      ? permissionsUsed(profile.mask(audit), header, paths.dataDir)
      : null,
  };
}

function headerOf({ path, file, problem }: Sensor): SensorHeader | null {
  if (problem !== undefined) return null;
  const script = new TextDecoder().decode(readBytes(path));
  const parsed = readHeader(script, extname(file) === ".ts" ? "ts" : "any");
  return parsed.ok ? parsed.header : null;
}
