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

/** All that setting up does once the person has said yes. */
export interface SetupPlan {
  /** In the order in which they are written. */
  changes: FileChange[];
  /** The starter goal that asked for all this goes to the archive. */
  archivesSetup: boolean;
  /** Environment variables that sensors need, by the sensor's file. */
  needs: [file: string, variables: string[]][];
  /** Nobody would decide but the goals' own rules: why. */
  noRunner: string | null;
}
