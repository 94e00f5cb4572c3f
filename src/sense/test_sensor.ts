import { join } from "@std/path";
import { tempDir } from "../os/dirs.ts";
import { readTextIfPresent } from "../os/read.ts";
import type { Profile } from "../profile/profile.ts";
import { canonicalJson, type Json } from "../schema/json.ts";
import { type Reading, signalOf } from "../schema/world.ts";
import { languageOf, readLimits, type SensorHeader, type SensorLimits } from "./header.ts";
import { headerOf, sensorNamed } from "./list.ts";
import { runSensor } from "./run_sensor.ts";
import { readSnapshots } from "./snapshot.ts";
import { type PermissionsUsed, permissionsUsed } from "./ts_permissions.ts";

/** The result of a test run of a sensor. */
export interface SensorTest {
  reading: Reading;
  /** The part that may wake the loop. */
  signal: Json;
  /** The signal compared with that of the last tick; `new`: no tick has run the sensor. */
  compared: "same" | "changed" | "new";
  /** `null` if it cannot be read. */
  header: SensorHeader | null;
  /** The limits of this run. */
  limits: SensorLimits;
  /** Variables that its header names and that are not set. */
  missing: string[];
  /** Of a `.ts` sensor that ran; else `null`. */
  permissions: PermissionsUsed | null;
}

/**
 * Runs a sensor like a tick, but never reuses a reading; the loop does not see the result.
 *
 * @param name its name, or that of its file
 * @throws {UserError} listing the sensors, if there is none of this name.
 * @throws the reason of `signal` after it fired.
 */
export async function testSensor(
  profile: Profile,
  name: string,
  signal?: AbortSignal,
): Promise<SensorTest> {
  const { paths, env } = profile;
  const sensor = sensorNamed(profile, name);
  const found = headerOf(sensor);
  const header = found.ok ? found.header : null;
  const limits = readLimits(env);
  await using temp = await tempDir();
  const auditFile = join(temp.path, "permissions.jsonl");
  const { reading } = await runSensor(profile, sensor, { limits, anew: true, auditFile, signal });
  signal?.throwIfAborted();
  const audit = header && languageOf(sensor.file) === "ts"
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
