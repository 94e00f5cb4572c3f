import { DEFAULT_CONFIG } from "../../src/profile/config.ts";
import type { Budget, Config } from "../../src/schema/config.ts";
import type { LedgerLine } from "../../src/schema/ledger.ts";
import { type TempProfile, tempProfile, type TempProfileOptions } from "./temp_profile.ts";

/** What one decision of {@linkcode budgetProfile}'s runner costs, by the recorded stream that it prints. */
export const COST = 0.004469999999999999;

/** A profile with a clock that is moved by hand. */
export interface BudgetProfile extends TempProfile {
  /** Sets the clock to a time of 2026-11-23 in the host's time zone, or of as many days later. */
  at(time: string, days?: number): void;
  /** Makes a change that is worth a decision. */
  change(): Promise<void>;
  /** How often the runner was called. */
  calls(): Promise<number>;
  /** Replaces the budget, as an edit of the config would. */
  setBudget(budget: Partial<Budget>): void;
}

/** A profile whose runner prints what Claude Code did for a noop, at 09:00. */
export async function budgetProfile(
  budget: Partial<Budget>,
  { runner = "cat stream.jsonl", config = {}, history, make = tempProfile }: {
    runner?: string;
    /** Whether there is a git history. Default: there is. */
    history?: boolean;
    config?: Partial<Config>;
    make?: (options: TempProfileOptions) => Promise<TempProfile>;
  } = {},
): Promise<BudgetProfile> {
  let now = timeOf("09:00");
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const withBudget = (more: Partial<Budget>) => ({ ...DEFAULT_CONFIG.budget, ...more });
  const profile = await make({
    clock,
    history,
    config: {
      runner: "mine",
      runners: { mine: { tick: `echo >> calls; ${runner}`, output: "claude" } },
      budget: withBudget(budget),
      ...config,
    },
    files: { "stream.jsonl": await stream(), calls: "" },
  });
  let changes = 0;
  return Object.assign(profile, {
    at: (time: string, days?: number) => void (now = timeOf(time, days)),
    change: () => profile.write("PLAYBOOK.md", `# ${++changes}\n`),
    calls: async () => (await profile.read("calls")).length,
    setBudget: (more: Partial<Budget>) => void (profile.config.budget = withBudget(more)),
  });
}

/** A time of 2026-11-23 in the host's time zone, or of as many days later. */
export function timeOf(time: string, days = 0): Date {
  const [hour, minute] = time.split(":").map(Number);
  return new Date(2026, 10, 23 + days, hour, minute);
}

/** A ledger line of a decision that ended at a time of 2026-11-23, as text. */
export function spent(
  cost_usd: number | null,
  time = "08:00",
  more: Partial<LedgerLine> = {},
): string {
  const line: LedgerLine = {
    ts: timeOf(time).toISOString(),
    kind: "tick",
    id: `at-${time}`,
    goal: null,
    runner: "mine",
    model: null,
    cost_usd,
    input_tokens: null,
    cached_input_tokens: null,
    output_tokens: null,
    duration_ms: 1,
    ...more,
  };
  return JSON.stringify(line) + "\n";
}

/** The recorded stream of a noop that lacked its journal line, with one. */
async function stream(): Promise<string> {
  const url = new URL("../fixtures/runner-streams/claude-2.1.197.ok.jsonl", import.meta.url);
  return (await Deno.readTextFile(url)).replaceAll(
    `nothing to do\\"}`,
    `nothing to do\\",\\"journal\\":\\"looked\\"}`,
  );
}
