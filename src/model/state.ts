import { z } from "zod";
import type { Schema } from "./schema.ts";
import { strictObject } from "./strict_object.ts";

/** What one entry of the world was when the last decision was made. */
export interface BaselineEntry {
  /** SHA-256 of the canonical value, hex. */
  sha256: string;
  /** The value, cut to size: only for telling a reader what changed. */
  was: string;
}

/** The world that the last decision was made on: `playbook`, `goal:<id>`, `sensor:<name>` → entry. */
export type Baseline = Record<string, BaselineEntry>;

/** Why nothing is decided although something changed. */
export interface Parked {
  kind: "failures" | "auth" | "rate_limit";
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
  count: number;
  /** The last reason, shown to the next decision. */
  why: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** The last `run` move, for the next prompt. */
export interface LastRun {
  run_id: string;
  command: string;
  /** `null`: interrupted, so that nobody knows. */
  exit_code: number | null;
  output_tail: string;
}

/** `state.json`: what the loop remembers; written only with a decision. */
export interface State {
  version: 1;
  baseline: Baseline | null;
  /** The last move asked for another look: decide again although nothing changed. */
  again: boolean;
  /** `<goal>/<rule>` → SHA-256 of what the rule read when it last fired. */
  fired: Record<string, string>;
  failure: Failure | null;
  parked: Parked | null;
  last_run: LastRun | null;
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
};

/** Checks `state.json`. */
export const stateSchema: Schema<State> = strictObject({
  version: z.literal(1),
  baseline: z.record(z.string(), strictObject({ sha256: z.string(), was: z.string() })).nullable(),
  again: z.boolean(),
  fired: z.record(z.string(), z.string()),
  failure: strictObject({
    world: z.string(),
    count: z.number().int(),
    why: z.string(),
    at: z.string(),
  }).nullable(),
  parked: strictObject({
    kind: z.enum(["failures", "auth", "rate_limit"]),
    why: z.string(),
    world: z.string(),
    config: z.string(),
    until: z.string().optional(),
  }).nullable(),
  last_run: strictObject({
    run_id: z.string(),
    command: z.string(),
    exit_code: z.number().int().nullable(),
    output_tail: z.string(),
  }).nullable(),
});
