import type { Spend } from "./agent.ts";

/** Tokens of one answer, or of one session. */
export interface Spent {
  model: string | null;
  /** Tokens in, those read from a cache included. */
  input: number;
  /** Of those, read from a cache. */
  cached: number;
  output: number;
  /** US dollars; 0 for tokens that were used means that nobody configured a price. */
  cost: number | null;
}

/** Adds up; `null` when there is nothing. One part of unknown price makes the price of all unknown. */
export function sumSpend(parts: Spent[]): Spend | null {
  const used = parts.filter(({ input, output }) => input + output > 0);
  if (used.length === 0) return null;
  const sum = (pick: (part: Spent) => number) => used.reduce((all, part) => all + pick(part), 0);
  return {
    model: used.findLast(({ model }) => model !== null)?.model ?? null,
    input_tokens: sum(({ input }) => input),
    cached_input_tokens: sum(({ cached }) => cached),
    output_tokens: sum(({ output }) => output),
    cost_usd: used.some(({ cost }) => !cost) ? null : sum(({ cost }) => cost ?? 0),
  };
}
