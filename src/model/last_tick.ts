import { z } from "zod";
import type { Schema } from "./schema.ts";
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
export const lastTickSchema: Schema<LastTick> = strictObject({
  at: z.string(),
  hash: z.string().nullable(),
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
});
