import type { Env } from "../host/env.ts";
import { UserError } from "../model/user_error.ts";

/** What one run of a sensor may take. */
export interface SensorLimits {
  /** Milliseconds. */
  timeoutMs: number;
  /** Bytes on stdout. */
  maxBytes: number;
}

/**
 * Reads the limits of sensors from the environment: `LOOOP_SENSOR_TIMEOUT` in seconds (default 60) and
 * `LOOOP_SENSOR_MAX_BYTES` (default 8192).
 *
 * @throws {UserError} naming the variable, what was found and what is allowed.
 */
export function readLimits(env: Env): SensorLimits {
  return {
    timeoutMs: 1000 *
      number(env, "LOOOP_SENSOR_TIMEOUT", 60, /^\d{1,5}(\.\d+)?$/, [0.1, 3600], "seconds"),
    maxBytes: number(env, "LOOOP_SENSOR_MAX_BYTES", 8192, /^\d{1,8}$/, [2, 10_000_000], "bytes"),
  };
}

function number(
  env: Env,
  name: string,
  fallback: number,
  pattern: RegExp,
  [least, most]: [number, number],
  unit: string,
): number {
  const text = env(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (pattern.test(text) && value >= least && value <= most) return value;
  throw new UserError(
    `cannot use ${name}: found ${JSON.stringify(text)}, expected ${least} to ${most} (${unit})`,
  );
}
