import type { Json, JsonObject } from "./json.ts";

/** What one run of a sensor gave, a failure included. */
export interface Reading {
  /** The sensor's name: its file name without the extension. */
  name: string;
  /** Its file in `sensors/`, such as `git.sh`; empty for a sensor in code, and where the file cannot be a sensor's. */
  file: string;
  /** When the sensor was started, ISO 8601 in UTC. */
  at: string;
  /** `false` where the sensor's header says `trust=untrusted`: strangers can write what it reads. */
  trusted: boolean;
  /** SHA-256 of the script, hex; empty for a sensor in code. */
  script: string;
  /** How long it ran, in milliseconds. */
  ms: number;
  /** How many bytes it printed on stdout, up to the cap. */
  bytes: number;
  /** The JSON object that it printed, or in one stable line why there is none. */
  result: { ok: true; value: JsonObject } | { ok: false; error: string };
}

/**
 * What of a reading may wake the loop: `signal` where the sensor prints one, else the whole object. Any
 * failure is the same signal, so that a broken sensor wakes the loop once, whatever it fails of next.
 */
export function signalOf(reading: Reading): Json {
  if (!reading.result.ok) return { failing: true };
  const { value } = reading.result;
  return Object.hasOwn(value, "signal") ? value.signal : value;
}
