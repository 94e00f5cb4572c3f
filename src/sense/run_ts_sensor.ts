import type { Profile } from "../profile/profile.ts";
import { type Captured, captureOutput } from "./capture_output.ts";
import { DENO_FLAGS, denoEnv, permissionFlags } from "./deno_flags.ts";
import type { SensorHeader } from "./read_header.ts";
import type { SensorLimits } from "./read_limits.ts";
import type { Sensor } from "./sensor.ts";

/**
 * Runs a `.ts` sensor in a Deno of its own with only the permissions that its header names. Its modules must have
 * been found sound before: see `load_modules.ts`.
 */
export function runTsSensor(
  profile: Profile,
  sensor: Sensor,
  deno: string,
  header: SensorHeader,
  { timeoutMs, maxBytes }: SensorLimits,
  signal?: AbortSignal,
): Promise<Captured> {
  return captureOutput({
    argv: [
      ...[deno, "run", "--quiet", "--no-prompt", "--no-check", ...DENO_FLAGS],
      ...permissionFlags(header),
      sensor.path,
    ],
    cwd: profile.paths.dataDir,
    env: denoEnv(profile, header.env),
    deadlineMs: timeoutMs,
    mask: profile.mask,
    signal,
  }, maxBytes);
}
