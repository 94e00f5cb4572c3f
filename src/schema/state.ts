import * as z from "zod/mini";
import { type Failure, failureSchema, type Fired, firedSchema } from "./failing.ts";
import { canonicalJson, type Json, sha256Hex } from "./json.ts";
import { type GoalRecords, goalRecordsSchema } from "./progress.ts";
import type { Schema } from "./schema.ts";
import { type ScheduleRecords, scheduleRecordsSchema } from "./schedule.ts";
import { cut } from "./text.ts";
import type { TickResult } from "./tick_result.ts";
import type { Wakes } from "./world.ts";

/** How many characters of each old value the baseline keeps, for telling what changed. */
const MAX_WAS = 2000;

/**
 * Makes the baseline of a decided world.
 *
 * @param untrusted the keys of untrusted values
 */
export async function baselineOf(
  wakes: Wakes,
  untrusted: ReadonlySet<string> = new Set(),
): Promise<Baseline> {
  const baseline: Baseline = {};
  for (const key of Object.keys(wakes).sort()) {
    baseline[key] = await entryOf(wakes[key], untrusted.has(key));
  }
  return baseline;
}

/** Makes the entry of one value; texts are kept as they are, other values as canonical JSON. */
export async function entryOf(value: Json, untrusted = false): Promise<BaselineEntry> {
  const json = canonicalJson(value);
  return {
    sha256: await sha256Hex(json),
    was: cut(typeof value === "string" ? value : json, MAX_WAS),
    ...(untrusted ? { untrusted } : {}),
  };
}

/** One entry of the world of the last decision. */
export interface BaselineEntry {
  /** SHA-256 of the canonical value, hex. */
  sha256: string;
  /** The value, truncated, to describe changes. */
  was: string;
  /** Whether the value is untrusted input; absent if not. */
  untrusted?: true;
}

/** The world of the last decision: `playbook`, `goal:<id>`, `sensor:<name>` → entry. */
export type Baseline = Record<string, BaselineEntry>;

/** Why nothing is decided although something changed. */
export interface Parked {
  /** Three invalid answers on one world, refused credentials, or a limit of the provider. */
  kind: "failures" | "auth" | "rate_limit";
  /** The reason, in one line. */
  why: string;
  /** Hash of the world that failed: another one ends the parking of `failures`. */
  world: string;
  /** SHA-256 of the config: another config ends the parking. */
  config: string;
  /** When the loop decides again by itself, ISO 8601 in UTC; states of older versions may lack it. */
  until?: string;
}

/** A move that was denied or that failed, kept as long as the change that it was decided on lasts. */
export interface SetAside {
  /** The run that tried it last. */
  run_id: string;
  /** SHA-256 of what the move does, hex. */
  effect: string;
  /** Such as `run: pushed r1`. */
  what: string;
  /** Why it was denied, or failed the last time. */
  why: string;
  /** Policy denied it. */
  denied: boolean;
  /** How often it was tried. */
  tries: number;
  /** Untrusted input could have influenced it. */
  tainted: boolean;
  /** Hash of the world that it was tried on last. */
  world: string;
  /** The change: key → digest of its value, `null` where it was removed. */
  change: Record<string, string | null>;
  /** SHA-256 of the config: another policy may allow it. */
  config: string;
}

/** The last `run` move, for the next prompt. */
export interface LastRun {
  /** The run that applied it. */
  run_id: string;
  /** The command. */
  command: string;
  /** `null` if it was interrupted. */
  exit_code: number | null;
  /** The last 2,048 characters that it printed. */
  output_tail: string;
}

/** `state.json`: the state of the loop; written with a decision, and when the progress of a goal changes. */
export interface State {
  /** Version of the format. */
  version: 1;
  /** The world of the last decision; `null` before the first. */
  baseline: Baseline | null;
  /** The last move asked for another decision, although nothing changed. */
  again: boolean;
  /** What the goals' rules fired on. */
  fired: Fired;
  /** What was handled of each schedule. */
  schedules: ScheduleRecords;
  /** The failures since the last successful decision. */
  failure: Failure | null;
  /** Set while nothing is decided although something changed. */
  parked: Parked | null;
  /** Moves that were denied or that failed, the latest last. */
  set_aside: SetAside[];
  /** Set while the next prompt is to show its output. */
  last_run: LastRun | null;
  /** Untrusted input could have influenced what the last decision left for the next one, such as its output. */
  tainted: boolean;
  /** Time of the last decision, also if it failed, ISO 8601 in UTC; `null` before the first. */
  decided_at: string | null;
  /** Time of the last decision if it was a runner's `noop`; else `null`. */
  noop_at: string | null;
  /** The goals that the loop has seen. */
  goals: GoalRecords;
  /** Names of sensors that untrusted input may have chosen, sorted: untainted decisions do not see them. */
  opaque_sensors: string[];
}

/** The state before the first decision. */
export const INITIAL_STATE: State = {
  version: 1,
  baseline: null,
  again: false,
  fired: {},
  schedules: {},
  failure: null,
  parked: null,
  set_aside: [],
  last_run: null,
  tainted: false,
  decided_at: null,
  noop_at: null,
  goals: {},
  opaque_sensors: [],
};

/**
 * Reports whether failed decisions are over now that nothing is left to decide. Refused credentials are not, unless the config has
 * changed, nor is a world parked whose answers were invalid: it may come back.
 */
export function isFailureOver({ failure, parked }: State, config: string): boolean {
  if (parked === null) return failure !== null;
  return parked.kind === "rate_limit" || parked.config !== config;
}

/**
 * Reports whether the change for which a move was set aside lasts, under the same config.
 *
 * @param digests key of the present world → digest of its value
 */
export function isCurrent(
  { change, config }: SetAside,
  digests: Record<string, string>,
  presentConfig: string,
): boolean {
  return config === presentConfig &&
    Object.entries(change).every(([key, digest]) => (digests[key] ?? null) === digest);
}

/** Checks a baseline in a file. */
export const baselineSchema: z.ZodMiniType<Baseline> = z.record(
  z.string(),
  z.strictObject({
    sha256: z.string(),
    was: z.string(),
    untrusted: z.optional(z.literal(true)),
  }),
);

const fileSchema = z.strictObject({
  version: z.literal(1),
  baseline: z.nullable(baselineSchema),
  again: z.boolean(),
  fired: firedSchema,
  // Older states lack it.
  schedules: z._default(scheduleRecordsSchema, {}),
  failure: z.nullable(failureSchema),
  parked: z.nullable(z.strictObject({
    kind: z.enum(["failures", "auth", "rate_limit"]),
    why: z.string(),
    world: z.string(),
    config: z.string(),
    until: z.optional(z.string()),
  })),
  // Older states lack it.
  set_aside: z._default(
    z.array(z.strictObject({
      run_id: z.string(),
      effect: z.string(),
      what: z.string(),
      why: z.string(),
      denied: z.boolean(),
      tries: z.int(),
      tainted: z.boolean(),
      world: z.string(),
      change: z.record(z.string(), z.nullable(z.string())),
      config: z.string(),
    })),
    [],
  ),
  last_run: z.nullable(z.strictObject({
    run_id: z.string(),
    command: z.string(),
    exit_code: z.nullable(z.int()),
    output_tail: z.string(),
  })),
  // Older states lack these.
  tainted: z._default(z.boolean(), false),
  decided_at: z._default(z.nullable(z.string()), null),
  noop_at: z._default(z.nullable(z.string()), null),
  goals: z._default(goalRecordsSchema, {}),
  opaque_sensors: z._default(z.array(z.string()), []),
  // Older states have it: whether a budget is used up follows from the ledger.
  hold: z.optional(z.unknown()),
});

/**
 * Checks `state.json`.
 *
 * @example
 * ```ts
 * import { stateSchema } from "@looop/cli";
 *
 * console.log(stateSchema.safeParse({ version: 2 }).success); // false
 * ```
 */
export const stateSchema: Schema<State> = z.pipe(
  fileSchema,
  z.transform(({ hold: _, ...state }) => state),
);

/** The end and the outcome of the last tick. */
export interface LastTick {
  /** ISO 8601 in UTC. */
  at: string;
  /** Hash of the world that it observed; `null` if it observed none. */
  hash: string | null;
  /** Its outcome: see {@linkcode TickResult}. */
  outcome: TickResult["outcome"];
  /** When the pulse ticks next unless something changes, ISO 8601 in UTC; absent without a pulse. */
  next_at?: string;
  /** Why the ticks after it could not end, and when the first and the last one failed, ISO 8601 in UTC. */
  error?: { since: string; at: string; why: string };
}

/** Checks `.looop/last_tick.json`. */
export const lastTickSchema: z.ZodMiniType<LastTick> = z.strictObject({
  at: z.string(),
  hash: z.nullable(z.string()),
  outcome: z.enum([
    "idle",
    "paused",
    "parked",
    "held",
    "damped",
    "undecided",
    "failed",
    "moved",
    "planned",
    "stopped",
  ]),
  next_at: z.optional(z.string()),
  error: z.optional(z.strictObject({ since: z.string(), at: z.string(), why: z.string() })),
});
