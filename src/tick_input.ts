import type { CodeSensor } from "./model/code_sensor.ts";
import type { Decider } from "./model/decider.ts";
import type { Goal } from "./model/goal.ts";

/** What one tick takes besides the profile; all of it is optional. */
export interface TickInput {
  /** Sensors in code, by name, beside the executables of `sensors/`. */
  sensors?: Record<string, CodeSensor>;
  /** Decides in place of the configured runner. */
  decider?: Decider;
  /** Decide for this goal, whether or not anything changed. */
  only?: Goal;
  /** Decide and admit, but make nothing. */
  dryRun?: boolean;
  /** Takes what a runner shows while it works. */
  onProgress?(text: string): void;
  /** Stops the tick and all that it started. */
  signal?: AbortSignal;
}
