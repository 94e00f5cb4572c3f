import * as z from "zod/mini";
import { anyTimeSchema, type Schema } from "./schema.ts";

/** One line of `cost.jsonl`: what one call of a runner cost. */
export interface LedgerLine {
  /** When the call ended, ISO 8601 in UTC. */
  ts: string;
  /** `tick`: a decision; `run`: a decision forced by `looop run`; `worker`: an agent session. */
  kind: "tick" | "run" | "worker";
  /** Run id, or the worker's id. */
  id: string;
  /** Id of the goal that it served; `null` when it did not say. */
  goal: string | null;
  /** Name of the runner. */
  runner: string;
  /** Name of the model; `null` when the runner does not say. */
  model: string | null;
  /** US dollars; `null` when unknown. */
  cost_usd: number | null;
  /** Tokens in, those read from a cache included; `null` when unknown. */
  input_tokens: number | null;
  /** Of those, read from a cache. */
  cached_input_tokens: number | null;
  /** Tokens out. */
  output_tokens: number | null;
  /** How long the call took, in milliseconds. */
  duration_ms: number | null;
}

const amount = z.nullable(z.number().check(z.minimum(0)));
const count = z._default(amount, null);

/**
 * Checks one line of the ledger. Older lines, which lack all but the first few fields, are read too.
 *
 * @example
 * ```ts
 * import { ledgerLineSchema } from "@looop/cli";
 *
 * const text = `{"ts":"2026-11-23T09:30:00Z","kind":"tick","id":"1","runner":"pi","cost_usd":0.02}`;
 * console.log(ledgerLineSchema.parse(JSON.parse(text)).model); // null
 * ```
 */
export const ledgerLineSchema: Schema<LedgerLine> = z.object({
  ts: anyTimeSchema,
  kind: z.enum(["tick", "run", "worker"]),
  id: z.string(),
  goal: z._default(z.nullable(z.string()), null),
  runner: z.string(),
  model: z._default(z.nullable(z.string()), null),
  cost_usd: amount,
  input_tokens: count,
  cached_input_tokens: count,
  output_tokens: count,
  duration_ms: count,
});

/** What a number of runner calls cost together. */
export interface SpendSum {
  calls: number;
  /** US dollars of the calls whose cost is known. */
  cost_usd: number;
  /** How many calls' cost is unknown: they are not in `cost_usd`. */
  unknown_costs: number;
  /** Tokens, of the calls that tell them; those read from a cache are in `input_tokens` too. */
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
}

/** One line of a breakdown. */
export interface SpendRow extends SpendSum {
  /** The day (`2026-11-23`, in the host's time zone), kind, runner, model or goal; `null`: not known, or none. */
  key: string | null;
}

/** The ledger summed up. */
export interface Spend {
  /** Only calls that ended at or after this are counted, ISO 8601 in UTC; `null`: all. */
  since: string | null;
  total: SpendSum;
  /** Oldest first. */
  by_day: SpendRow[];
  /** These four: dearest first. */
  by_kind: SpendRow[];
  by_runner: SpendRow[];
  by_model: SpendRow[];
  by_goal: SpendRow[];
  /** Lines that are no ledger lines (torn by a crash, edited by hand), and so are not counted. */
  broken_lines: number;
}

/** US dollars: `$12.34`, below a dollar `$0.0123`. */
export function usd(dollars: number): string {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

/** US dollars as a program takes them: `0.25`, to the millionth. */
export function plainUsd(dollars: number): string {
  return dollars.toFixed(6).replace(/\.?0+$/, "");
}
