import { extname } from "@std/path";
import { readBytes } from "../host/read_bytes.ts";
import { maskJson } from "../model/mask_json.ts";
import type { Reading } from "../model/reading.ts";
import { sha256Hex } from "../model/sha256.ts";
import { UserError } from "../model/user_error.ts";
import type { Profile } from "../profile/profile.ts";
import { cleanText } from "./clean_text.ts";
import { parseOutput } from "./parse_output.ts";
import { readHeader } from "./read_header.ts";
import type { SensorLimits } from "./read_limits.ts";
import { runExecutable } from "./run_executable.ts";
import type { Sensor } from "./sensor.ts";
import type { SensorPlan } from "./sensor_plan.ts";
import { freshSnapshot } from "./snapshot.ts";

/** What a sensor is run with. */
export interface RunSensorOptions {
  /** From the environment; a `timeout` in the sensor's header goes before. */
  limits: SensorLimits;
  /** Runs it even where its last reading could be kept. Default `false`. */
  anew?: boolean;
  /** Of a `.ts` sensor: where its Deno notes what it reached for. Default: nowhere. */
  auditFile?: string;
  /** Kills the sensor when fired; the reading then says nothing of the world. */
  signal?: AbortSignal;
}

/** A reading, and whether it is the kept one of an earlier tick. */
export interface SensorRun {
  reading: Reading;
  kept: boolean;
}

/**
 * Runs one sensor, or keeps its last reading while its header's `interval` lasts; masked. Never throws for what
 * the sensor does.
 */
export async function runSensor(
  profile: Profile,
  sensor: Sensor,
  options: RunSensorOptions,
): Promise<SensorRun> {
  const at = profile.clock.now();
  const reading: Reading = {
    name: sensor.name,
    file: sensor.file,
    at: at.toISOString(),
    trusted: true,
    script: "",
    ms: 0,
    bytes: 0,
    result: { ok: false, error: sensor.problem ?? "" },
  };
  const { mask } = profile;
  const fail = (error: string): SensorRun => {
    reading.result = { ok: false, error: mask(error) };
    return { reading, kept: false };
  };
  if (sensor.problem !== undefined) return fail(sensor.problem);
  try {
    const bytes = readBytes(sensor.path);
    const script = mask(new TextDecoder().decode(bytes.subarray(0, HEADER_BYTES)));
    reading.script = await sha256Hex(bytes);
    const language = extname(sensor.file) === ".ts" ? "ts" : "any";
    const parsed = readHeader(script, language);
    // A header that cannot be read may have been meant to say that strangers write here.
    reading.trusted = parsed.ok && parsed.header.trusted;
    if (!parsed.ok) return fail(parsed.error);
    const { header } = parsed;
    const limits = { ...options.limits };
    if (header.timeout !== null) limits.timeoutMs = header.timeout * 1000;
    const { signal, auditFile } = options;
    const plan = { profile, sensor, header, limits, script, signal, auditFile };
    const start = language === "ts" ? await prepareTs(plan, reading) : () => runExecutable(plan);
    if (typeof start === "string") return fail(start);
    const key = { name: sensor.name, script: reading.script, interval: header.interval, now: at };
    const kept = options.anew ? null : await freshSnapshot(profile.paths.snapshots, key);
    if (kept !== null) {
      // A snapshot may be edited; what the header says of trust may not.
      const { trusted } = reading;
      return { reading: { ...kept, trusted, result: maskJson(mask, kept.result) }, kept: true };
    }
    const { captured, problem } = await start();
    reading.ms = Math.round(captured.end.ms);
    reading.bytes = captured.output.length;
    return problem === null
      ? {
        reading: { ...reading, result: maskJson(mask, parseOutput(captured.output)) },
        kept: false,
      }
      : fail(problem);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return fail(`it cannot be run: ${cleanText(mask(error.message), 250)}`);
  }
}

/** As much of a script as its first 20 lines may take; the rest of a binary need not be decoded. */
const HEADER_BYTES = 16_384;

/** Loaded only here: most sensors are programs. */
async function prepareTs(plan: SensorPlan, reading: Reading) {
  const { prepareTsSensor } = await import("./prepare_ts_sensor.ts");
  return await prepareTsSensor(plan, reading);
}
