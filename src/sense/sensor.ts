/** One sensor of the `sensors/` folder. */
export interface Sensor {
  /** The file name without its extension. */
  name: string;
  /** The file's name; empty where that cannot be a sensor's. */
  file: string;
  /** The file's absolute path. */
  path: string;
  /** Why it cannot be run: its reading is this error. */
  problem?: string;
}
