import type { Goal } from "../model/goal.ts";

/** A file that setting up writes. */
export interface FileChange {
  /** How it is called where it is shown. */
  name: string;
  /** Absolute. */
  path: string;
  /** What is there now; `null`: nothing. */
  before: string | null;
  /** What stands there when it is written: what was there, or by then the starter file; `null`: nothing. */
  expected: string | null;
  after: string;
  /** Permission bits. */
  mode: number;
}

/** What a sensor needs where looop runs. */
export interface SensorNeeds {
  file: string;
  /** Environment variables. */
  variables: string[];
  /** A program that is not on PATH; `null`: none is missing. */
  missing: string | null;
}

/** All that setting up does once the person has said yes. */
export interface SetupPlan {
  /** In the order in which they are written. */
  changes: FileChange[];
  /** The starter goal that asked for all this goes to the archive; `null`: it is not there. */
  archives: Goal | null;
  /** What the sensors need that looop does not bring along. */
  needs: SensorNeeds[];
  /** Nobody would decide but the goals' own rules: why. */
  noRunner: string | null;
}
