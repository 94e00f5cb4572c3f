import { join } from "@std/path";
import { kindAt } from "../os/stat.ts";
import type { Profile } from "../profile/profile.ts";
import type { LedgerLine, Spend, SpendRow, SpendSum } from "../schema/ledger.ts";
import { isId } from "../schema/schema.ts";
import { dayReader } from "../schema/text.ts";
import { readLedger, runningCalls } from "./ledger.ts";

/**
 * Sums up the ledger: in total, and by day, kind, runner, model and goal.
 *
 * @param since only calls that ended at or after this; default: all
 */
export async function sumSpend(
  profile: Profile,
  { since = null }: { since?: Date | null } = {},
): Promise<Spend> {
  const dayOf = dayReader();
  const total = emptySum();
  const [days, kinds, runners, models, goals] = Array.from({ length: 5 }, (): Sums => new Map());
  const isRunning = await runningCalls(profile);
  let broken = 0;
  for await (const lines of readLedger(profile, { since, onBroken: () => void broken++ })) {
    for (const line of lines) {
      if (isRunning(line)) continue;
      add(total, line);
      add(days.getOrInsertComputed(dayOf(line.ts), emptySum), line);
      add(kinds.getOrInsertComputed(line.kind, emptySum), line);
      add(runners.getOrInsertComputed(line.runner, emptySum), line);
      add(models.getOrInsertComputed(line.model, emptySum), line);
      add(goals.getOrInsertComputed(line.goal, emptySum), line);
    }
  }
  return {
    since: since?.toISOString() ?? null,
    total,
    by_day: rowsOf(days).sort((a, b) => (a.key ?? "") < (b.key ?? "") ? -1 : 1),
    by_kind: mostExpensiveFirst(kinds),
    by_runner: mostExpensiveFirst(runners),
    by_model: mostExpensiveFirst(models),
    by_goal: mostExpensiveFirst(goals).map((row) =>
      isFinished(profile, row) ? { ...row, finished: true } : row
    ),
    broken_lines: broken,
  };
}

/** Reports whether a goal is archived, and no open one has its id. */
function isFinished({ paths }: Profile, { key }: SpendRow): boolean {
  if (key === null || !isId(key)) return false;
  const isIn = (dir: string) => kindAt(join(dir, `${key}.md`)) !== "nothing";
  return isIn(paths.goalsArchive) && !isIn(paths.goals);
}

type Sums = Map<string | null, SpendSum>;

const emptySum = (): SpendSum => ({
  calls: 0,
  cost_usd: 0,
  unknown_costs: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
});

function add(sum: SpendSum, line: LedgerLine): void {
  sum.calls++;
  if (line.cost_usd === null) sum.unknown_costs++;
  else sum.cost_usd += line.cost_usd;
  sum.input_tokens += line.input_tokens ?? 0;
  sum.cached_input_tokens += line.cached_input_tokens ?? 0;
  sum.output_tokens += line.output_tokens ?? 0;
}

function rowsOf(sums: Sums): SpendRow[] {
  return [...sums].map(([key, sum]) => ({ key, ...sum }));
}

function mostExpensiveFirst(sums: Sums): SpendRow[] {
  return rowsOf(sums).sort((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls);
}
