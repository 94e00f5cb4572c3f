import type { SensorOrder } from "../compose_sensor.ts";

/** All that setting a profile up takes from a person. */
export interface Answers {
  /** What decides: as `runner` in the config. */
  runner: string;
  /** What workers run; `same`: as `runner`. */
  workerRunner: string;
  /** US dollars that may be spent from midnight to midnight; `null`: no limit. */
  usdPerDay: number | null;
  sandbox: "none" | "bwrap";
  /** Sensors of the catalogue to be added to those that are there. */
  sensors: SensorOrder[];
  /** Aims to be added to those that are there, in one line each. */
  goals: string[];
  /** Lines for the PLAYBOOK: what looop does by itself. */
  may: string[];
  /** What it does only after a yes. */
  ask: string[];
  /** What it never does. */
  never: string[];
}

/** Those that need not be asked for any more. */
export type Given = Partial<Answers>;

/** What `workerRunner` is where workers run the same as decisions. */
export const SAME = "same";
