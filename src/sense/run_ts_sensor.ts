import type { Profile } from "../profile/profile.ts";
import { type Captured, captureOutput } from "./capture_output.ts";
import { DENO_FLAGS, denoEnv, permissionFlags } from "./deno_flags.ts";
import type { SensorHeader } from "./read_header.ts";
import type { SensorLimits } from "./read_limits.ts";
import type { Sensor } from "./sensor.ts";

/** What running a `.ts` sensor takes. */
export interface TsSensorRun {
  profile: Profile;
  sensor: Sensor;
  /** The path of the program. */
  deno: string;
  header: SensorHeader;
  limits: SensorLimits;
  /** Where Deno notes what it reaches for. Default: nowhere. */
  auditFile?: string;
  signal?: AbortSignal;
}

/**
 * Runs a `.ts` sensor in a Deno of its own with only the permissions that its header names. Its modules must have
 * been found sound before: see `load_modules.ts`.
 */
export function runTsSensor(
  { profile, sensor, deno, header, limits: { timeoutMs, maxBytes }, auditFile, signal }:
    TsSensorRun,
): Promise<Captured> {
  return captureOutput({
    argv: [
      ...[deno, "run", "--quiet", "--no-prompt", "--no-check", ...DENO_FLAGS],
      ...permissionFlags(header),
      sensor.path,
    ],
    cwd: profile.paths.dataDir,
    env: {
      ...denoEnv(profile, header.env),
      // The file is Deno's own: the sensor needs no permission for it, and gets none.
      ...(auditFile === undefined ? {} : { DENO_AUDIT_PERMISSIONS: auditFile }),
    },
    deadlineMs: timeoutMs,
    mask: profile.mask,
    signal,
  }, maxBytes);
}
