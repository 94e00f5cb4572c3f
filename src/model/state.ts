import type { Hold } from "./budget.ts";

/** What one entry of the world was when the last decision was made. */
export interface BaselineEntry {
  /** SHA-256 of the canonical value, hex. */
  sha256: string;
  /** The value, cut to size: only for telling a reader what changed. */
  was: string;
  /** Strangers could have written the value. Absent: they could not. */
  untrusted?: true;
}

/** The world that the last decision was made on: `playbook`, `goal:<id>`, `sensor:<name>` → entry. */
export type Baseline = Record<string, BaselineEntry>;

/** Why nothing is decided although something changed. */
export interface Parked {
  /** Three failures on one world, refused credentials, or a limit of the provider. */
  kind: "failures" | "auth" | "rate_limit";
  /** The reason, in one line. */
  why: string;
  /** Hash of the world on which it failed: another one ends the parking (not that of a rate limit). */
  world: string;
  /** SHA-256 of the config: another one ends the parking. */
  config: string;
  /** Of a rate limit: when it ends, ISO 8601 in UTC. */
  until?: string;
}

/** Failed decisions on one world. */
export interface Failure {
  /** Hash of that world. */
  world: string;
  /** How many decisions failed in a row. */
  count: number;
  /** The last reason, shown to the next decision. */
  why: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** The last `run` move, for the next prompt. */
export interface LastRun {
  /** The run that made it. */
  run_id: string;
  /** The command, as it was decided. */
  command: string;
  /** `null`: interrupted, so that nobody knows. */
  exit_code: number | null;
  /** The last 2,048 characters that it printed. */
  output_tail: string;
}

/** `state.json`: what the loop remembers; written only with a decision. */
export interface State {
  /** Version of the format. */
  version: 1;
  /** The world of the last decision; `null` before the first. */
  baseline: Baseline | null;
  /** The last move asked for another look: decide again although nothing changed. */
  again: boolean;
  /** `<goal>/<rule>` → SHA-256 of what the rule read when it last fired. */
  fired: Record<string, string>;
  /** The failures since the last good decision. */
  failure: Failure | null;
  /** Set while nothing is decided although something changed. */
  parked: Parked | null;
  /** Set while its output is for the next decision to read. */
  last_run: LastRun | null;
  /** Outside text could have shaped what the last decision left for the next one: its failure, output, next look. */
  tainted: boolean;
  /** When the last decision was made, failed ones included, ISO 8601 in UTC; `null` before the first. */
  decided_at: string | null;
  /** When a runner last said that nothing is worth doing, if that was the last decision; else `null`. */
  noop_at: string | null;
  /** The budget that was used up last; `null`: none was, or its day is over. */
  hold: Hold | null;
}

/** The state before the first decision. */
export const INITIAL_STATE: State = {
  version: 1,
  baseline: null,
  again: false,
  fired: {},
  failure: null,
  parked: null,
  last_run: null,
  tainted: false,
  decided_at: null,
  noop_at: null,
  hold: null,
};
