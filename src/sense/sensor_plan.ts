import type { Profile } from "../profile/profile.ts";
import type { Captured } from "./capture_output.ts";
import type { SensorHeader } from "./read_header.ts";
import type { SensorLimits } from "./read_limits.ts";
import type { Sensor } from "./sensor.ts";

/** All that running one sensor takes, once its header was read. */
export interface SensorPlan {
  profile: Profile;
  sensor: Sensor;
  header: SensorHeader;
  limits: SensorLimits;
  /** Its first lines, masked. */
  script: string;
  signal?: AbortSignal;
  /** Of a `.ts` sensor: where its Deno notes what it reached for. Default: nowhere. */
  auditFile?: string;
}

/** What a run printed, and in one line why it cannot be used; `null`: it can. */
export interface SensorRan {
  captured: Captured;
  problem: string | null;
}
