import { z } from "zod";
import type { Schema } from "./schema.ts";

/** One line of `cost.jsonl`: what one call of a runner cost. */
export interface LedgerLine {
  /** When the call ended, ISO 8601 in UTC. */
  ts: string;
  /** `tick`: a decision; `run`: a decision forced by `looop run`; `worker`: an agent session. */
  kind: "tick" | "run" | "worker";
  /** Run id, or the worker's id. */
  id: string;
  goal: string | null;
  runner: string;
  model: string | null;
  /** US dollars; `null` when unknown. */
  cost_usd: number | null;
  input_tokens: number | null;
  cached_input_tokens: number | null;
  output_tokens: number | null;
  duration_ms: number | null;
}

const count = z.number().nullable().default(null);

/** Checks one line of the ledger. Older lines, which lack all but the first five fields, are read too. */
export const ledgerLineSchema: Schema<LedgerLine> = z.object({
  ts: z.string(),
  kind: z.enum(["tick", "run", "worker"]),
  id: z.string(),
  goal: z.string().nullable().default(null),
  runner: z.string(),
  model: z.string().nullable().default(null),
  cost_usd: z.number().nullable(),
  input_tokens: count,
  cached_input_tokens: count,
  output_tokens: count,
  duration_ms: count,
});
