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
