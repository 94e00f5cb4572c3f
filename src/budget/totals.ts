import type { Profile } from "../profile/profile.ts";
import type { LedgerLine, Spend, SpendRow, SpendSum } from "../schema/ledger.ts";
import { dayReader } from "../schema/text.ts";
import { readLedger } from "./ledger.ts";

/** What {@linkcode sumSpend} takes. */
export interface SpendInput {
  /** Count only calls that ended at or after this. Default: all. */
  since?: Date | null;
}

/** Sums up the ledger: in total, and by day, kind, runner, model and goal. */
export async function sumSpend(
  profile: Profile,
  { since = null }: SpendInput = {},
): Promise<Spend> {
  const dayOf = dayReader();
  const total = nothing();
  const [days, kinds, runners, models, goals] = [sums(), sums(), sums(), sums(), sums()];
  let broken = 0;
  for await (const lines of readLedger(profile, { since, onBroken: () => void broken++ })) {
    for (const line of lines) {
      add(total, line);
      add(at(days, dayOf(line.ts)), line);
      add(at(kinds, line.kind), line);
      add(at(runners, line.runner), line);
      add(at(models, line.model), line);
      add(at(goals, line.goal), line);
    }
  }
  return {
    since: since?.toISOString() ?? null,
    total,
    by_day: rows(days).sort((a, b) => (a.key ?? "") < (b.key ?? "") ? -1 : 1),
    by_kind: dearestFirst(kinds),
    by_runner: dearestFirst(runners),
    by_model: dearestFirst(models),
    by_goal: dearestFirst(goals),
    broken_lines: broken,
  };
}

type Sums = Map<string | null, SpendSum>;

function sums(): Sums {
  return new Map();
}

function nothing(): SpendSum {
  return {
    calls: 0,
    cost_usd: 0,
    unknown_costs: 0,
    input_tokens: 0,
    cached_input_tokens: 0,
    output_tokens: 0,
  };
}

function at(sums: Sums, key: string | null): SpendSum {
  let sum = sums.get(key);
  if (!sum) sums.set(key, sum = nothing());
  return sum;
}

function add(sum: SpendSum, line: LedgerLine): void {
  sum.calls++;
  if (line.cost_usd === null) sum.unknown_costs++;
  else sum.cost_usd += line.cost_usd;
  sum.input_tokens += line.input_tokens ?? 0;
  sum.cached_input_tokens += line.cached_input_tokens ?? 0;
  sum.output_tokens += line.output_tokens ?? 0;
}

function rows(sums: Sums): SpendRow[] {
  return [...sums].map(([key, sum]) => ({ key, ...sum }));
}

function dearestFirst(sums: Sums): SpendRow[] {
  return rows(sums).sort((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls);
}
