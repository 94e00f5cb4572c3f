import * as z from "zod/mini";
import { anyTimeSchema, type Schema } from "./schema.ts";

/**
 * One line of `cost.jsonl`: the cost of one runner call, or of one session of a worker. Each has a line from before its
 * start, with an unknown cost, and one from its end, which replaces it.
 */
export interface LedgerLine {
  /** When the call ended or, if `begun`, when it began; ISO 8601 in UTC. */
  ts: string;
  /** `tick`: a decision; `run`: a decision forced by `looop run`; `worker`: an agent session. */
  kind: "tick" | "run" | "worker";
  /** Run id, or the worker's id. */
  id: string;
  /** Id of the goal that it served; `null` if unknown. */
  goal: string | null;
  /** Name of the runner. */
  runner: string;
  /** Name of the model; `null` if the runner does not report it. */
  model: string | null;
  /** US dollars; `null` if unknown. */
  cost_usd: number | null;
  /** Input tokens, including those from a cache; `null` if unknown. */
  input_tokens: number | null;
  /** Input tokens from a cache. */
  cached_input_tokens: number | null;
  /** Output tokens. */
  output_tokens: number | null;
  /** How long the call took, in milliseconds. */
  duration_ms: number | null;
  /** Identifies the call or session; absent in older lines, and in those of costs that a worker reported. */
  call?: string;
  /** The call began, and nothing is known of its end. */
  begun?: true;
}

const amount = z.nullable(z.number().check(z.minimum(0)));
const count = z._default(amount, null);

/**
 * Checks one line of the ledger. Older lines lack most fields.
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
  call: z.optional(z.string()),
  begun: z.optional(z.literal(true)),
});

/** The cost of several runner calls together. */
export interface SpendSum {
  calls: number;
  /** US dollars of the calls with a known cost. */
  cost_usd: number;
  /** The number of calls with an unknown cost, which `cost_usd` lacks. */
  unknown_costs: number;
  /** Tokens of the calls that report them; `input_tokens` includes those from a cache. */
  input_tokens: number;
  cached_input_tokens: number;
  output_tokens: number;
}

/** One line of a breakdown. */
export interface SpendRow extends SpendSum {
  /** The day (`2026-11-23`, in the host's time zone), kind, runner, model or goal; `null` if unknown or none. */
  key: string | null;
  /** Of a goal: it is archived; else absent. */
  finished?: true;
}

/** The totals of the ledger. */
export interface Spend {
  /** Only calls that ended at or after this time count, ISO 8601 in UTC; `null` for all. */
  since: string | null;
  total: SpendSum;
  /** Oldest first. */
  by_day: SpendRow[];
  /** The breakdowns below: most expensive first. */
  by_kind: SpendRow[];
  by_runner: SpendRow[];
  by_model: SpendRow[];
  by_goal: SpendRow[];
  /** The number of invalid lines (torn by a crash, edited by hand), which are not counted. */
  broken_lines: number;
}
