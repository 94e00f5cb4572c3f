import * as v from "valibot";
import type { Schema } from "./schema.ts";
import { schemaOf } from "./schema_of.ts";
import { strictObject } from "./strict_object.ts";
import type { TickResult } from "./tick_result.ts";

/** When the last tick ended, and what it came to. */
export interface LastTick {
  /** ISO 8601 in UTC. */
  at: string;
  /** Hash of the world that it saw; `null` where it did not look. */
  hash: string | null;
  /** What it came to: see {@linkcode TickResult}. */
  outcome: TickResult["outcome"];
}

/** Checks `.looop/last_tick.json`. */
export const lastTickSchema: Schema<LastTick> = schemaOf(strictObject({
  at: v.string(),
  hash: v.nullable(v.string()),
  outcome: v.picklist([
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
}));
