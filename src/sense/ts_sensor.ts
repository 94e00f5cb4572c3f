import { findDeno } from "../os/self.ts";
import type { Profile } from "../profile/profile.ts";
import { canonicalJson, sha256Hex } from "../schema/json.ts";
import type { Reading } from "../schema/world.ts";
import type { SensorHeader, SensorLimits } from "./header.ts";
import type { Sensor } from "./list.ts";
import type { Captured } from "./output.ts";
import type { Capture, SensorPlan, SensorRan } from "./run_sensor.ts";
import { loadModules } from "./ts_modules.ts";
import { DENO_FLAGS, denoEnv, explainTsEnd, permissionFlags } from "./ts_permissions.ts";

/** Checks a `.ts` sensor's modules and stores their digest; returns a function that runs it, or why it must not run. */
export async function prepareTsSensor(
  plan: SensorPlan,
  reading: Reading,
): Promise<string | (() => Promise<SensorRan>)> {
  const { profile, sensor, limits, signal } = plan;
  const deno = findDeno(profile.env("PATH") ?? "");
  if (deno === null) {
    return "it needs deno on PATH: a compiled looop cannot run .ts sensors itself";
  }
  const graph = await loadModules(profile, sensor, deno, signal);
  if (!graph.ok) return graph.error;
  // A change of a helper module is a change of the script.
  if (Object.keys(graph.modules).length > 1) {
    reading.script = await sha256Hex(canonicalJson(graph.modules));
  }
  return async () => {
    const captured = await runTsSensor({ ...plan, deno });
    return { captured, problem: explainTsEnd(captured, limits, profile.paths.dataDir) };
  };
}

/** Arguments of {@linkcode runTsSensor}. */
export interface TsSensorRun {
  profile: Profile;
  sensor: Sensor;
  /** The path of the program. */
  deno: string;
  header: SensorHeader;
  limits: SensorLimits;
  /** Where Deno records the permissions that the sensor requests. Default: nowhere. */
  auditFile?: string;
  signal?: AbortSignal;
  /** Runs the program. */
  capture: Capture;
}

/**
 * Runs a `.ts` sensor in a Deno of its own with only the permissions that its header names, after
 * {@linkcode loadModules} has checked its modules.
 */
export function runTsSensor(
  { profile, sensor, deno, header, limits: { timeoutMs, maxBytes }, auditFile, signal, capture }:
    TsSensorRun,
): Promise<Captured> {
  return capture({
    argv: [
      ...[deno, "run", "--quiet", "--no-prompt", "--no-check", ...DENO_FLAGS],
      ...permissionFlags(header),
      sensor.path,
    ],
    cwd: profile.paths.dataDir,
    env: {
      ...denoEnv(profile, header.env),
      // Deno writes the file itself: the sensor needs no permission for it.
      ...(auditFile === undefined ? {} : { DENO_AUDIT_PERMISSIONS: auditFile }),
    },
    deadlineMs: timeoutMs,
    mask: profile.mask,
    signal,
  }, maxBytes);
}
