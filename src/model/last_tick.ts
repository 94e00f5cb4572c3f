import * as z from "zod/mini";
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
});
